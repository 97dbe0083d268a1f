import { spawn } from "node:child_process";
import { REPOSITORY } from "../support/localStack";

/** A TypeScript program with its configuration. */
export interface Program {
    /** The program's folder; what it imports is found from there. */
    folder: string;
    /** The name in its Pulumi.yaml. */
    project: string;
    /** What a user sets with `pulumi config`. */
    config: Record<string, string>;
    /** Those keys of it that are secret. */
    secrets: string[];
}

/** What the engine tells a program of the run. */
export interface ProgramRun extends Program {
    preview: boolean;
    /** Addresses of the services that it talks to. */
    monitor: string;
    engine: string;
    /** Ends it before its own end. */
    signal: AbortSignal;
}

/** What a program left. */
export interface ProgramEnd {
    code: number;
    /** What it printed; errors go to the engine instead. */
    output: string;
}

/** Runs a TypeScript program in a process of its own, in the way in which Pulumi's language host does. */
export function runProgram(run: ProgramRun): Promise<ProgramEnd> {
    const flags = {
        monitor: run.monitor,
        engine: run.engine,
        organization: "organization",
        project: run.project,
        stack: "substitute",
        pwd: run.folder,
        parallel: "16",
    };
    const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
    const key = (name: string): string => `${run.project}:${name}`;
    const config = Object.entries(run.config).map(([name, value]) => [key(name), value]);
    const host = require.resolve("@pulumi/pulumi/cmd/run", { paths: [REPOSITORY] });
    const child = spawn(
        process.execPath,
        [host, ...args, ...(run.preview ? ["--dry-run"] : []), "."],
        {
            cwd: run.folder,
            env: {
                ...process.env,
                NODE_OPTIONS: "",
                PULUMI_NODEJS_TYPESCRIPT: "true",
                // Types are looked at by `npm run types`; here that would take most of the time.
                PULUMI_NODEJS_TRANSPILE_ONLY: "true",
                PULUMI_CONFIG: JSON.stringify(Object.fromEntries(config)),
                PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(run.secrets.map(key)),
            },
            stdio: ["ignore", "pipe", "pipe"],
            signal: run.signal,
            killSignal: "SIGKILL",
        },
    );
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
        stream.on("data", (chunk: Buffer) => (output += chunk.toString("utf8")));
    }
    return new Promise((resolve, reject) => {
        child.on("error", (error) => {
            if (!run.signal.aborted) reject(error);
        });
        child.on("close", (code) => {
            resolve({ code: code ?? 1, output });
        });
    });
}
