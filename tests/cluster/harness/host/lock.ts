import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { type Budget, BUDGETS } from "../budgets";
import { LOCK_FILE, MACHINE_LOCK_FILE } from "../paths";

/** flock's exit code when somebody else holds the lock. */
const HELD = 75;

/** A file that is locked, how long that may take, and who has it meanwhile. */
export interface Lock {
    file: string;
    budget: Budget;
    /** Who holds it, as in "… is still at work". */
    holder: string;
}

/** Runs `work` while no other run of the driver changes the cluster. */
export async function locked<T>(work: () => Promise<T>): Promise<T> {
    const lock = {
        file: LOCK_FILE,
        budget: BUDGETS.lock,
        holder: "another run of the cluster driver",
    };
    return holding(lock, () => {
        // What is made for nodes must be readable there, whatever the caller's umask is.
        process.umask(0o022);
        return work();
    });
}

/** Runs `work`, which is short, while no other cluster of the machine does the same. */
export async function machineLocked<T>(work: () => T): Promise<T> {
    const holder = "a run of the driver for another cluster";
    return holding({ file: MACHINE_LOCK_FILE, budget: BUDGETS.lock, holder }, () =>
        Promise.resolve(work()),
    );
}

/**
 * Runs `work` with a lock held. A child holds it that lives as long as its standard input is open, so the kernel lets go of it
 * however the driver ends.
 */
export async function holding<T>(lock: Lock, work: () => Promise<T>): Promise<T> {
    const holder = await acquire(lock);
    try {
        return await work();
    } finally {
        holder.stdin?.end();
    }
}

function acquire(lock: Lock): Promise<ChildProcess> {
    mkdirSync(dirname(lock.file), { recursive: true });
    const seconds = lock.budget.total / 1000;
    const holder = spawn(
        "flock",
        [
            `--timeout=${seconds}`,
            `--conflict-exit-code=${HELD}`,
            lock.file,
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
                    ? `${lock.holder} is still at work after ${seconds} s`
                    : `flock ended with code ${String(code)}`;
            reject(new Error(why));
        });
    });
}
