import assert from "node:assert/strict";
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
import type { Cases } from "./parallel";
import type { ScriptName } from "../../../components/ssh/scriptTable";
import { locate, nodeScript, startShell, type Run, type ShellName } from "./shells";

/** What kubectl prints, and how it ends. It may never end. */
export interface Answer {
    stdout?: string | Buffer;
    stderr?: string | Buffer;
    code?: number;
    hangs?: boolean;
}

const SCRIPT_OF = {
    ready: "csr-approval",
    preflight: "preflight",
    metrics: "verification",
    status: "verification",
    kubelets: "verification",
    sign: "cluster-ca",
} as const;

/** What comes with a busybox shell: other dialects of the same programs. */
const APPLETS = ["awk", "cut", "date", "grep", "head", "sed", "tail", "tr", "wc"];
const BOUNDS = ["--kubeconfig=", "--cache-dir=", "--request-timeout=15s"];

/**
 * A control plane as far as the checks look at it: its files under a folder, and a kubectl that answers by a piece of what it
 * is asked. It refuses whatever is not a read, and a check that asks for anything else fails the test.
 */
export class FakeControlPlane {
    readonly root = mkdtempSync(join(tmpdir(), "control-plane-"));
    /** By a piece of kubectl's arguments; the first that is found counts. */
    answers: Record<string, Answer> = {};
    header: Record<string, string> = {};
    private readonly bin = join(this.root, "test-bin");

    private constructor(private readonly shell: ShellName) {
        for (const folder of ["run", "test-answers"]) mkdirSync(join(this.root, folder));
        this.write("etc/kubernetes/admin.conf", "client-key-data: a-secret\n");
        this.tool("id", "echo 0");
        if (shell === "busybox") {
            for (const tool of APPLETS) this.tool(tool, `exec busybox ${tool} "$@"`);
        }
    }

    /** Seconds that kubectl has: short only where it never ends anyhow. */
    private get bound(): string {
        return Object.values(this.answers).some(({ hangs }) => hangs) ? "0.5" : "30";
    }

    /** Makes a control plane, hands it to the body, and shows that nothing was written and nothing is left. */
    static async use(
        shell: ShellName,
        body: (node: FakeControlPlane) => Promise<void>,
    ): Promise<void> {
        const node = new FakeControlPlane(shell);
        try {
            await body(node);
            for (const call of node.calls) {
                assert.match(call, /^(get|logs) /, "the checks only read");
            }
            assert.deepEqual(readdirSync(join(node.root, "run")), []);
        } finally {
            rmSync(node.root, { recursive: true, force: true });
        }
    }

    tool(name: string, body: string): void {
        this.write(`test-bin/${name}`, `#!/bin/sh\n${body}\n`);
        chmodSync(join(this.bin, name), 0o755);
    }

    write(path: string, text: string | Buffer): void {
        mkdirSync(dirname(join(this.root, path)), { recursive: true });
        writeFileSync(join(this.root, path), text);
    }

    folder(path: string): void {
        mkdirSync(join(this.root, path), { recursive: true });
    }

    remove(path: string): void {
        rmSync(join(this.root, path), { recursive: true });
    }

    /** What kubectl was asked, its bounds aside. */
    get calls(): string[] {
        const file = join(this.root, "test-calls");
        return existsSync(file) ? readFileSync(file, "utf8").trimEnd().split("\n") : [];
    }

    async run(verb: keyof typeof SCRIPT_OF, script: ScriptName = SCRIPT_OF[verb]): Promise<Run> {
        this.tool("kubectl", this.kubectl());
        // The bound on kubectl, which is 30 s, in a test's time.
        const timeout = locate("timeout") ?? "timeout";
        const quick = `[ "$2" != kubectl ] || { shift; exec ${timeout} ${this.bound} "$@"; }`;
        this.tool("timeout", `${quick}\nexec ${timeout} "$@"`);
        const header = { ROOT: this.root, NODE_NAME: "cp1", POLL_SECONDS: "0.1", ...this.header };
        const text = nodeScript(script, header);
        const env = { PATH: `${this.bin}:${process.env["PATH"] ?? ""}` };
        const run = await startShell(this.shell, text, [verb], env).done;
        wellFormed(run);
        return run;
    }

    private kubectl(): string {
        const cases = Object.entries(this.answers).map(([piece, answer], i) => {
            const { stdout = "", stderr = "", code = 0, hangs = false } = answer;
            this.write(`test-answers/${i}.out`, stdout);
            this.write(`test-answers/${i}.err`, stderr);
            const file = join(this.root, "test-answers", String(i));
            const end = hangs ? "exec sleep 60" : `exit ${code}`;
            return `*'${piece}'*) cat ${file}.out; cat ${file}.err >&2; ${end} ;;`;
        });
        return `case "$KUBERC $HOME" in "off ${this.root}/run/"*) ;; *) echo "kubectl with somebody's preferences" >&2; exit 1 ;; esac
case "$1 $2 $3" in
${BOUNDS.join("*' '")}) shift 3 ;;
*) echo "kubectl without its bounds: $*" >&2; exit 1 ;;
esac
printf '%s\\n' "$*" >>${this.root}/test-calls
case $1 in get | logs) ;; *) echo "refused: $*" >&2; exit 1 ;; esac
case "$*" in
${cases.join("\n")}
*) echo "unexpected: $*" >&2; exit 1 ;;
esac`;
    }
}

/** Lines that every terminal and transport bears, each from the node, but for the one result; nothing of a secret. */
function wellFormed({ output }: Run): void {
    assert.doesNotMatch(output, /a-secret/);
    assert.match(output, /^[\n -~]*$/);
    for (const line of output.trimEnd().split("\n")) {
        assert.match(line, /^(cp1: |\{)/, output);
        assert.ok(line.length < 4096, `a line of ${line.length} characters`);
    }
}

/** A case that gets a control plane of its own. */
export function onControlPlane(body: (node: FakeControlPlane) => Promise<void>): Cases[string] {
    return (shell) => FakeControlPlane.use(shell, body);
}
