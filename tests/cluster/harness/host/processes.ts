import { readFileSync, readlinkSync } from "node:fs";

/** Whether a process has a namespace of its own, that is: another one than the driver. */
export function hasOwn(namespace: "net" | "mnt" | "pid", pid: number): boolean {
    try {
        const file = `/proc/${pid}/ns/${namespace}`;
        return readlinkSync(file) !== readlinkSync(`/proc/self/ns/${namespace}`);
    } catch {
        return false; // Gone.
    }
}

/**
 * Whether a process is PID 1 of a namespace right below the driver's: the init of a node. Those of the node's containers are
 * one level further down.
 */
export function isInit(pid: number): boolean {
    try {
        const status = readFileSync(`/proc/${pid}/status`, "utf8");
        const numbers = /^NSpid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/) ?? [];
        return numbers.length === 2 && numbers[1] === "1";
    } catch {
        return false; // Gone.
    }
}

/** The name of what a process runs, as the kernel has it. */
export function nameOf(pid: number): string | undefined {
    try {
        return readFileSync(`/proc/${pid}/comm`, "utf8").trim();
    } catch {
        return undefined; // Gone.
    }
}

/** Whether a process can still do something: it neither has ended nor was stopped by a signal. */
export function isAtWork(pid: number): boolean {
    try {
        // The name may have blanks and parentheses: the state comes after the last one.
        const [state = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").slice(-1);
        return !/^[TZX]/.test(state);
    } catch {
        return false; // Gone.
    }
}
