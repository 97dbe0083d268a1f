import { readFileSync } from "node:fs";

/** The network interfaces that the driver sees: those of its own network namespace, which need not be sysfs's. */
export function linkNames(): string[] {
    return readFileSync("/proc/net/dev", "utf8")
        .trim()
        .split("\n")
        .slice(2)
        .map((line) => line.slice(0, line.indexOf(":")).trim());
}
