import { spawn } from "node:child_process";
import {
    chmodSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerChannel } from "ssh2";

/** What stands for systemd and for root: both run the rest of the line. */
const TOOLS = {
    "systemd-run": 'while [ "$1" != sh ]; do shift; done; exec "$@"',
    sudo: '[ "$1" != -n ] || shift; exec "$@"',
};

/** The last step of each loader, in which the script itself would begin. */
const START = /\neval "\$(t|text)"\n$/;

/**
 * The files of a node that stands in: what is sent to it is received, found and verified by the real receiver and the real
 * loader, in a folder of its own. The script itself would need a kubelet; its answer stands in.
 */
export class NodeFolder {
    readonly root = mkdtempSync(join(tmpdir(), "stand-in-"));
    /** What the loader printed, run by run. */
    readonly said: string[] = [];

    constructor() {
        this.make();
    }

    private make(): void {
        for (const folder of ["run", "var/lib", "etc", "bin"]) {
            mkdirSync(join(this.root, folder), { recursive: true });
        }
        for (const [name, body] of Object.entries(TOOLS)) {
            const file = join(this.root, "bin", name);
            writeFileSync(file, `#!/bin/sh\n${body}\n`);
            chmodSync(file, 0o755);
        }
    }

    /** Nothing of what was put there is left, as on a node that was made anew. */
    reimage(): void {
        rmSync(this.root, { recursive: true });
        this.make();
    }

    /** The scripts that lie there for a later run, and what lies in /run. */
    scripts(): string[] {
        const kept = join(this.root, "var/lib/secure-metrics-server/scripts");
        const lists = [kept, join(this.root, "run")].filter(existsSync);
        return lists.flatMap((folder) => readdirSync(folder)).sort();
    }

    /** Runs a command line that a channel brings, and its stdin as it comes. */
    execute(channel: ServerChannel, command: string): void {
        const child = spawn("sh", ["-c", command], { env: this.environment() });
        child.stdin.on("error", () => undefined);
        child.stdout.pipe(channel, { end: false });
        child.stderr.pipe(channel.stderr, { end: false });
        channel.pipe(child.stdin);
        child.on("close", (code) => {
            channel.exit(code ?? 255);
            channel.end();
        });
    }

    /** Whether the loader finds and accepts the script that stdin names; then the answer of the script counts. */
    load(command: string, stdin: string): Promise<{ code: number; output: string; ran: boolean }> {
        const verb = / sh -s -- (\S+)/.exec(command)?.[1] ?? "";
        // As the scripts do: what was done leaves a trace, and a revert takes its own files with it.
        const own = "$ROOT/var/lib/secure-metrics-server";
        const trace = `${own}/\${TRACE:-\${SCRIPT%-*}}`;
        const end = [
            `mkdir -p "${trace}"`,
            ...(/revert|uninstall/.test(verb)
                ? [
                      `rm -rf "${own}/scripts/$SCRIPT" "${trace}"`,
                      `rmdir "${own}/approver" "${own}/scripts" "${own}" 2>/dev/null`,
                  ]
                : []),
            "echo ran",
        ].join("; ");
        const text = stdin.replace(START, () => `\n${end}\n`);
        if (text === stdin) throw new Error(`no loader in: ${stdin.slice(-300)}`);
        return new Promise((resolve, reject) => {
            const child = spawn("sh", ["-c", command], { env: this.environment() });
            let output = "";
            const keep = (chunk: Buffer): void => void (output += chunk.toString());
            child.stdout.on("data", keep);
            child.stderr.on("data", keep);
            child.stdin.on("error", () => undefined);
            child.on("error", reject);
            child.on("close", (code) => {
                this.said.push(output);
                resolve({ code: code ?? 255, output, ran: output.trimEnd().endsWith("ran") });
            });
            child.stdin.end(text);
        });
    }

    private environment(): NodeJS.ProcessEnv {
        return {
            ROOT: this.root,
            PATH: `${join(this.root, "bin")}:${process.env["PATH"] ?? ""}`,
        };
    }

    remove(): void {
        rmSync(this.root, { recursive: true, force: true });
    }
}

/** True when stdin is a look that brings the whole script along, and nothing that a loader has to find. */
export function isWhole(stdin: string): boolean {
    return !START.test(stdin);
}
