import { spawn } from "node:child_process";
import { join } from "node:path";
import { watch, type Costs } from "./processes";

/** What one run of the CLI cost. */
export interface Measured {
    /** Seconds from start to end. */
    seconds: number;
    costs: Costs;
    /** Resources that the engine says it changed or would change. */
    output: string;
}

/** Runs the CLI in a project's folder, with the state in it, and fails when the CLI does. */
export function pulumi(folder: string, args: string[]): Promise<Measured> {
    const begin = process.hrtime.bigint();
    const child = spawn("pulumi", [...args, "--non-interactive", "--color=never"], {
        cwd: folder,
        stdio: ["ignore", "pipe", "pipe"],
        env: {
            ...process.env,
            PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
            PULUMI_CONFIG_PASSPHRASE: "correct horse",
            PULUMI_SKIP_UPDATE_CHECK: "true",
        },
    });
    const stop = child.pid === undefined ? undefined : watch(child.pid);
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk: Buffer) => {
            output += chunk.toString("utf8");
        });
    }
    return new Promise((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code) => {
            const costs = stop?.();
            if (code !== 0 || costs === undefined) {
                reject(new Error(`pulumi ${args.join(" ")} failed:\n${output.slice(-4000)}`));
                return;
            }
            const seconds = Number(process.hrtime.bigint() - begin) / 1e9;
            resolve({ seconds, costs, output });
        });
    });
}
