import { spawnSync } from "node:child_process";

/** Runs a script in a real POSIX shell and returns what it printed; fails when the shell does. */
export function sh(script: string, ...words: string[]): string {
    const run = spawnSync("sh", ["-c", script, "sh", ...words], { encoding: "utf8" });
    if (run.error !== undefined || run.status !== 0 || run.stderr !== "") {
        throw new Error(`sh ended with ${run.status ?? "a signal"}: ${run.stderr}`);
    }
    return run.stdout;
}
