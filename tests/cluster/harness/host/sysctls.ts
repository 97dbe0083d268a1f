import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Settings of the machine's kernel, by name. */
export type Sysctls = Record<string, string>;

/**
 * What a kubelet sets when it starts, as it cannot be set in a node (see init.sh): found as it wants it, it writes nothing.
 */
const EXACTLY: Record<string, number> = {
    "vm.overcommit_memory": 1,
    "vm.panic_on_oom": 0,
    "kernel.panic": 10,
    "kernel.panic_on_oops": 1,
    "kernel.keys.root_maxkeys": 1_000_000,
    "kernel.keys.root_maxbytes": 25_000_000,
};

/** Several systemds and kubelets watch more files than one machine is set up for. */
const AT_LEAST: Record<string, number> = {
    "fs.inotify.max_user_instances": 8_192,
    "fs.inotify.max_user_watches": 524_288,
};

/** The settings as they are, of those that the cluster needs otherwise. Kept by `up`, put back by `down`. */
export function sysctlsToChange(): Sysctls {
    return Object.fromEntries(Object.keys(wanted()).map((name) => [name, read(name)]));
}

/** All settings that `up` may change, as they are. */
export function sysctlsOfInterest(): Sysctls {
    const names = [...Object.keys(EXACTLY), ...Object.keys(AT_LEAST)];
    const known = names.filter((name) => existsSync(fileOf(name)));
    return Object.fromEntries(known.map((name) => [name, read(name)]));
}

/** Sets what the cluster needs. */
export function setSysctls(): void {
    for (const [name, value] of Object.entries(wanted())) {
        write(name, String(value));
    }
}

/** Puts settings back. */
export function restoreSysctls(sysctls: Sysctls): void {
    for (const [name, value] of Object.entries(sysctls)) {
        write(name, value);
    }
}

function wanted(): Record<string, number> {
    const known = ([name]: [string, number]): boolean => existsSync(fileOf(name));
    const exactly = Object.entries(EXACTLY)
        .filter(known)
        .filter(([name, value]) => Number(read(name)) !== value);
    const atLeast = Object.entries(AT_LEAST)
        .filter(known)
        .filter(([name, value]) => Number(read(name)) < value);
    return Object.fromEntries([...exactly, ...atLeast]);
}

function fileOf(name: string): string {
    return join("/proc/sys", ...name.split("."));
}

function read(name: string): string {
    return readFileSync(fileOf(name), "utf8").trim();
}

function write(name: string, value: string): void {
    writeFileSync(fileOf(name), value);
}
