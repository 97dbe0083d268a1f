import { spawn } from "node:child_process";
import { closeSync, openSync, writeSync } from "node:fs";
import { constants } from "node:os";
import type { Writable } from "node:stream";

/** What a finished command left. A signal counts as a shell counts it: 128 and its number. */
export interface Result {
    stdout: string;
    stderr: string;
    code: number;
}

/** How to run a command. */
export interface RunOptions {
    /** Goes to standard input, which is /dev/null otherwise. */
    input?: string;
    /** The file that standard input is, instead of `input`. */
    inputFile?: string;
    /** Return a failure as a result instead of throwing. */
    allowFailure?: boolean;
    /** The whole environment of the command; the driver's own otherwise. */
    env?: NodeJS.ProcessEnv;
    cwd?: string;
    /** What an error calls the command; the command itself otherwise. */
    title?: string;
    /** Appends what the command prints to this file, too. */
    log?: string;
    /** Kill the command after so many milliseconds. */
    timeout?: number;
}

/** Runs a command to its end. Never through a shell: arguments stay what they are. */
export async function run(
    command: string,
    args: readonly string[],
    options: RunOptions = {},
): Promise<Result> {
    const result = await collect(command, args, options);
    if (result.code !== 0 && options.allowFailure !== true) {
        const title = options.title ?? [command, ...args].join(" ");
        throw new Error(failure(title, result, options.log));
    }
    return result;
}

function collect(command: string, args: readonly string[], options: RunOptions): Promise<Result> {
    return new Promise((resolve, reject) => {
        const file = options.inputFile === undefined ? undefined : openSync(options.inputFile, "r");
        const stdin = file ?? (options.input === undefined ? "ignore" : "pipe");
        const child = spawn(command, args, {
            stdio: [stdin, "pipe", "pipe"],
            ...(options.env === undefined ? {} : { env: options.env }),
            ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
            ...(options.timeout === undefined ? {} : { timeout: options.timeout }),
            killSignal: "SIGKILL",
        });
        if (file !== undefined) {
            closeSync(file);
        }
        const log = options.log === undefined ? undefined : openSync(options.log, "a", 0o600);
        const output = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
        for (const name of ["stdout", "stderr"] as const) {
            child[name]?.on("data", (chunk: Buffer) => {
                output[name].push(chunk);
                if (log !== undefined) {
                    writeSync(log, chunk);
                }
            });
        }
        feed(child.stdin, options.input);
        child.on("error", reject);
        child.on("close", (code, signal) => {
            if (log !== undefined) {
                closeSync(log);
            }
            resolve({
                stdout: Buffer.concat(output.stdout).toString("utf8"),
                stderr: Buffer.concat(output.stderr).toString("utf8"),
                code: code ?? 128 + (signal === null ? 0 : constants.signals[signal]),
            });
        });
    });
}

/** A command that ends before it has read its input is judged by its exit code, not by the broken pipe. */
function feed(stdin: Writable | null, input: string | undefined): void {
    stdin?.on("error", () => undefined);
    if (input !== undefined) {
        stdin?.end(input);
    }
}

function failure(title: string, result: Result, log?: string): string {
    const text = result.stderr.trim() === "" ? result.stdout : result.stderr;
    const tail = text.trimEnd().split("\n").slice(-15).join("\n");
    const where = log === undefined ? "" : `\n(all of it: ${log})`;
    return `${title}\nended with code ${result.code}: ${tail}${where}`;
}

/** A process that outlives the driver. */
export interface Daemon {
    pid: number;
    /** Writes to its standard input and closes it. When the driver dies before that, the process reads end of file. */
    say(line: string): void;
}

/**
 * Starts a process in a session of its own, its output in a file: nothing of it hangs on to the terminal or to the pipes of
 * whoever called the driver.
 */
export function start(
    command: string,
    args: readonly string[],
    options: { env: NodeJS.ProcessEnv; log: string },
): Daemon {
    const log = openSync(options.log, "a", 0o600);
    const child = spawn(command, args, {
        detached: true,
        stdio: ["pipe", log, log],
        env: options.env,
        cwd: "/",
    });
    closeSync(log);
    child.on("error", () => undefined);
    if (child.pid === undefined) {
        throw new Error(`${command} could not be started`);
    }
    const { pid, stdin } = child;
    stdin?.on("error", () => undefined);
    child.unref();
    return {
        pid,
        say: (line) => {
            stdin?.end(`${line}\n`);
        },
    };
}
