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
import { dirname, join } from "node:path";
import { composeScript, readScript } from "../../../components/ssh/composeScript";
import { locate, SHELLS, startShell, type Run, type Running, type ShellName } from "./shells";

const STATE = "var/lib/secure-metrics-server/scripts";

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

    /** Runs the loader as a command's stdin. */
    startLoader(file: string, words: string[], header: Record<string, string> = {}): Running {
        const settings = { ROOT: this.root, NODE_NAME: "w1", SCRIPT: file, ...header };
        const text = composeScript(settings, [readScript("lib/loader.sh")]);
        return startShell(this.shell, text, words, { PATH: process.env["PATH"] });
    }

    load(file: string, words: string[], header: Record<string, string> = {}): Promise<Run> {
        return this.startLoader(file, words, header).done;
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
            [...flags, "-c", readScript("lib/receive.sh"), "receive", place, file, String(size)],
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
