import { spawn } from "node:child_process";
import { engineEnvironment } from "../../support/localStack";
import { ended } from "./ended";
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
export async function pulumi(folder: string, args: string[]): Promise<Measured> {
    const child = spawn("pulumi", [...args, "--non-interactive", "--color=never"], {
        cwd: folder,
        stdio: ["ignore", "pipe", "pipe"],
        env: { ...process.env, ...engineEnvironment(folder) },
    });
    const stop = child.pid === undefined ? undefined : watch(child.pid);
    const { code, seconds, output } = await ended(child);
    const costs = stop?.();
    if (code !== 0 || costs === undefined) {
        throw new Error(`pulumi ${args.join(" ")} failed:\n${output.slice(-4000)}`);
    }
    return { seconds, costs, output };
}
