import type { ChildProcessByStdio } from "node:child_process";
import type { Readable } from "node:stream";

/** How a process ended: seconds since it was handed over, and all that it printed. */
export interface Ended {
    code: number | null;
    seconds: number;
    output: string;
}

/** Collects what a process that has just been started prints, until it ends. */
export function ended(child: ChildProcessByStdio<null, Readable, Readable>): Promise<Ended> {
    const begin = process.hrtime.bigint();
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk: Buffer) => {
            output += chunk.toString("utf8");
        });
    }
    return new Promise((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code) => {
            resolve({ code, seconds: Number(process.hrtime.bigint() - begin) / 1e9, output });
        });
    });
}
