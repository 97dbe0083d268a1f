// consumer uses as much of a node as it is told to: a stand-in for the programs of the image e2e-test-images/resource-consumer.
// As `consume-cpu` it uses processor time, under any other name memory, as `stress -m 1` does.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// How often it looks whether it is behind: short against the seconds between two measurements.
const tick = 20 * time.Millisecond

func main() {
	if filepath.Base(os.Args[0]) == "consume-cpu" {
		millicores := flag.Int("millicores", 0, "thousandths of one processor")
		seconds := flag.Int("duration-sec", 0, "seconds until it ends")
		flag.Parse()
		consumeCPU(float64(*millicores)/1000, time.Duration(*seconds)*time.Second)
		return
	}
	flag.Int("m", 1, "processes; there is always one")
	size := flag.String("vm-bytes", "0", "bytes, or mebibytes with an M")
	flag.Int("vm-hang", 0, "seconds until memory is given back; it never is")
	seconds := flag.Int("t", 0, "seconds until it ends")
	flag.Parse()
	if err := consumeMemory(*size, time.Duration(*seconds)*time.Second); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func consumeCPU(share float64, duration time.Duration) {
	start := time.Now()
	for time.Since(start) < duration {
		for used() < share*time.Since(start).Seconds() {
			spin()
		}
		time.Sleep(tick)
	}
}

// Some microseconds of work.
func spin() {
	for i := 0; i < 10_000; i++ {
		sink += float64(i)
	}
}

var sink float64

// The processor time of this process, in seconds.
func used() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

func consumeMemory(size string, duration time.Duration) error {
	number, mebibytes := strings.CutSuffix(size, "M")
	bytes, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	if mebibytes {
		bytes *= 1 << 20
	}
	// Not from Go's heap, which would keep more than it is asked for.
	memory, err := syscall.Mmap(-1, 0, bytes, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return err
	}
	for i := 0; i < len(memory); i += os.Getpagesize() {
		memory[i] = 1
	}
	time.Sleep(duration)
	return nil
}
