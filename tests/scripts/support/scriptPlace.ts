import { createHash } from "node:crypto";
import { spawn } from "node:child_process";
import {
    chmodSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { composeScript, readScript } from "../../../components/ssh/composeScript";
import { loaderOf } from "../../../components/ssh/nodeScripts";
import type { ScriptName } from "../../../components/ssh/scriptTable";
import { locate, SHELLS, startShell, type Run, type Running, type ShellName } from "./shells";

const STATE = "var/lib/secure-metrics-server/scripts";
/** The word for the stack of these tests, and for another one. */
export const STACK = "0a1b2c3d";
export const OTHER_STACK = "4e5f6a7b";

/** A script as a node may get it. */
export interface Sent {
    text: string;
    file: string;
}

export function sent(text: string, name = "kubelet"): Sent {
    return { text, file: `${name}-${createHash("sha256").update(text).digest("hex")}` };
}

/** The part of a node's file system in which scripts lie. */
export class ScriptPlace {
    readonly root = mkdtempSync(join(tmpdir(), "script-place-"));
    readonly scripts = join(this.root, STATE);
    readonly run = join(this.root, "run");

    private constructor(readonly shell: ShellName) {
        mkdirSync(this.run);
        mkdirSync(join(this.root, "var/lib"), { recursive: true });
    }

    static async use(shell: ShellName, body: (place: ScriptPlace) => Promise<void>): Promise<void> {
        const place = new ScriptPlace(shell);
        try {
            await body(place);
        } finally {
            rmSync(place.root, { recursive: true, force: true });
        }
    }

    /** Writes a file as root would, and the folders above it. */
    write(path: string, text: string): string {
        const file = join(this.root, path);
        for (let folder = dirname(file); !existsSync(folder); folder = dirname(folder)) {
            mkdirSync(folder, { recursive: true, mode: 0o700 });
        }
        writeFileSync(file, text);
        chmodSync(file, 0o600);
        return file;
    }

    keep({ file, text }: Sent): string {
        return this.write(join(STATE, file), text);
    }

    read(path: string): string {
        return readFileSync(join(this.root, path), "utf8");
    }

    kept(): string[] {
        return existsSync(this.scripts) ? readdirSync(this.scripts).sort() : [];
    }

    /** Runs a loader as a command's stdin: that of the script whose name the file begins with. */
    startLoader(
        file: string,
        words: string[],
        header: Record<string, string> = {},
        path = process.env["PATH"],
    ): Running {
        const settings = { ROOT: this.root, NODE_NAME: "w1", SCRIPT: file, STACK, ...header };
        const name = file.replace(/-[0-9a-f]{64}$/, "") as ScriptName;
        const text = composeScript(settings, [loaderOf(name)]);
        return startShell(this.shell, text, words, { PATH: path });
    }

    load(file: string, words: string[], header: Record<string, string> = {}): Promise<Run> {
        return this.startLoader(file, words, header).done;
    }

    /** A program that comes before the machine's own. Returns the PATH with it. */
    tool(name: string, body: string): string {
        const file = this.write(join("tools", name), `#!/bin/sh\n${body}\n`);
        chmodSync(file, 0o755);
        return `${dirname(file)}${delimiter}${process.env["PATH"] ?? ""}`;
    }

    /** Puts a script into /run, as an upload of a stack does. */
    putForOneRun({ file, text }: Sent, upload: number, stack = STACK): string {
        return this.write(`run/secure-metrics-server.script-${file}.${stack}.${upload}`, text);
    }

    /** Runs the receiver as the package does, and sends it bytes when it asks for them. */
    receive(place: string, { file, text }: Sent, bytes: string | Buffer = text): Promise<Run> {
        return this.startReceiver(place, file, Buffer.byteLength(text), (input) => input.end(bytes))
            .done;
    }

    startReceiver(
        place: string,
        file: string,
        size: number,
        asked: (stdin: NodeJS.WritableStream) => unknown,
    ): { pid: number; done: Promise<Run> } {
        const [command = "", ...flags] = SHELLS[this.shell];
        const child = spawn(
            locate(command) ?? command,
            [
                ...[...flags, "-c", readScript("lib/receive.sh")],
                ...["receive", place, file, String(size), STACK],
            ],
            // With 1, bash does not take the pipes of this process for a login over the network, and reads no ~/.bashrc.
            { env: { PATH: process.env["PATH"], ROOT: this.root, SHLVL: "1" } },
        );
        let output = "";
        let told = false;
        child.stdout.on("data", (chunk: Buffer) => {
            output += chunk.toString();
            if (!told && output.includes("secure-metrics-server: send\n")) {
                told = true;
                asked(child.stdin);
            }
        });
        child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
        child.stdin.on("error", () => undefined);
        const done = new Promise<Run>((resolve, reject) => {
            child.on("error", reject);
            child.on("close", (code, signal) => {
                resolve({ code, signal, output });
            });
        });
        return { pid: child.pid ?? 0, done };
    }
}
