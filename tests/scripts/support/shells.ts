import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { composeScript, readScript } from "../../../components/ssh/composeScript";
import { composedScript, type ScriptName } from "../../../components/ssh/scriptTable";

/** The shells that nodes have: Debian and Ubuntu, Alpine and small images, Fedora and SUSE. */
export const SHELLS = {
    dash: ["dash"],
    busybox: ["busybox", "sh"],
    bash: ["bash", "--posix"],
} satisfies Record<string, string[]>;

export type ShellName = keyof typeof SHELLS;

export const SHELL_NAMES = Object.keys(SHELLS) as ShellName[];

/** The path of a program here: a node in a test may have a PATH without it. */
export function locate(command: string): string | undefined {
    const folders = (process.env["PATH"] ?? "").split(delimiter);
    return folders.map((folder) => join(folder, command)).find((file) => existsSync(file));
}

/** Says why a shell cannot be tested here, undefined if it can. */
export function whyNot(shell: ShellName): string | undefined {
    const [command = ""] = SHELLS[shell];
    return locate(command) === undefined ? `${command} is not installed` : undefined;
}

/** How a script ended. */
export interface Run {
    code: number | null;
    signal: NodeJS.Signals | null;
    output: string;
}

/** A script that runs. */
export interface Running {
    /** Its process group, which is the script's own process id. */
    group: number;
    done: Promise<Run>;
    /** Stops listening, as a cut connection does. */
    hangUp: () => void;
}

/** Sends a text to a shell on stdin, as it happens on a node. */
export function startShell(
    shell: ShellName,
    text: string,
    words: string[],
    env: NodeJS.ProcessEnv,
): Running {
    const [command = "", ...flags] = SHELLS[shell];
    const child = spawn(locate(command) ?? command, [...flags, "-s", "--", ...words], {
        env,
        detached: true,
        stdio: ["pipe", "pipe", "pipe"],
    });
    let output = "";
    const collect = (chunk: Buffer) => (output += chunk.toString());
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.stdin.on("error", () => undefined);
    child.stdin.end(text);
    const done = new Promise<Run>((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code, signal) => {
            resolve({ code, signal, output });
        });
    });
    const hangUp = () => {
        child.stdout.destroy();
        child.stderr.destroy();
    };
    return { group: child.pid ?? 0, done, hangUp };
}

/** A script of the table behind its header, as a look for drift sends it. */
export function nodeScript(name: ScriptName, header: Record<string, string>): string {
    return composeScript(header, [composedScript(name).text]);
}

/** The functions that all scripts share, behind a header. */
export function sharedFunctions(header: Record<string, string>): string {
    return composeScript(
        header,
        ["common", "yaml", "names"].map((name) => readScript(`lib/${name}.sh`)),
    );
}

/** The last line of the output, parsed. */
export function resultOf(run: Run): Record<string, unknown> {
    const line = run.output.trimEnd().split("\n").at(-1) ?? "";
    try {
        return JSON.parse(line) as Record<string, unknown>;
    } catch {
        throw new Error(`no JSON in the last line, exit code ${String(run.code)}:\n${run.output}`);
    }
}
