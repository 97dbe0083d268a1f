import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { BUDGETS } from "../budgets";
import { LOCK_FILE } from "../paths";

/** flock's exit code when somebody else holds the lock. */
const HELD = 75;

/**
 * Runs `work` while no other run of the driver changes the cluster. The lock is held by a child that lives as long as its
 * standard input is open, so the kernel lets go of it however the driver ends.
 */
export async function locked<T>(work: () => Promise<T>): Promise<T> {
    const holder = await acquire();
    // What is made for nodes must be readable there, whatever the caller's umask is.
    process.umask(0o022);
    try {
        return await work();
    } finally {
        holder.stdin?.end();
    }
}

function acquire(): Promise<ChildProcess> {
    mkdirSync(dirname(LOCK_FILE), { recursive: true });
    const seconds = BUDGETS.lock.total / 1000;
    const holder = spawn(
        "flock",
        [
            `--timeout=${seconds}`,
            `--conflict-exit-code=${HELD}`,
            LOCK_FILE,
            "sh",
            "-c",
            "echo; cat",
        ],
        // Ctrl-C goes to the driver, which still holds the lock while it stops.
        { stdio: ["pipe", "pipe", "inherit"], detached: true },
    );
    return new Promise((resolve, reject) => {
        holder.stdout.once("data", () => {
            resolve(holder);
        });
        holder.once("error", reject);
        holder.once("exit", (code) => {
            const why =
                code === HELD
                    ? `another run of the cluster driver is still at work after ${seconds} s`
                    : `flock ended with code ${String(code)}`;
            reject(new Error(why));
        });
    });
}
