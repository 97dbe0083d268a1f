import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import {
    composeScript,
    embedFile,
    embedText,
    readScript,
    runLine,
    runLineWithResult,
    shellQuote,
} from "../../components/ssh/composeScript";
import { sh } from "./support/shell";

/** Text with everything that means something to a shell; no NUL, which no argument can carry. */
const hostile = fc
    .array(
        fc.oneof(
            fc.constantFrom(
                "'",
                '"',
                "\\",
                "$",
                "`",
                "\n",
                "\r",
                " ",
                "!",
                "*",
                "~",
                "$(id)",
                "'\\''",
            ),
            fc.string({ unit: "grapheme" }),
        ),
    )
    .map((parts) => parts.join("").replaceAll("\0", ""));
const FEW = { numRuns: 25 };

describe("shellQuote", () => {
    it("gives any text back unchanged when a real shell reads it", () => {
        fc.assert(
            fc.property(fc.array(hostile, { minLength: 1, maxLength: 8 }), (words) => {
                const printed = sh(`printf '%s\\036' ${words.map(shellQuote).join(" ")}`);
                assert.deepEqual(printed.split("\x1e").slice(0, -1), words);
            }),
            FEW,
        );
    });
});

describe("composeScript", () => {
    it("puts the settings first, sorted, one a line, and then the files as they are", () => {
        assert.equal(
            composeScript({ B: "2", A: "it's", C: "" }, ["one\n", "two\n"]),
            "A='it'\\''s'\nB='2'\nC=''\none\ntwo\n",
        );
    });

    it("does not depend on the order in which settings are given", () => {
        assert.equal(composeScript({ A: "1", B: "2" }, []), composeScript({ B: "2", A: "1" }, []));
    });

    it("hands any value to the script unchanged", () => {
        fc.assert(
            fc.property(hostile, hostile, (one, two) => {
                const script = composeScript({ ONE: one, TWO: two }, [
                    `printf '%s\\036%s' "$ONE" "$TWO"\n`,
                ]);
                assert.equal(sh(script), `${one}\x1e${two}`);
            }),
            FEW,
        );
    });
});

describe("embedText", () => {
    it("makes a function that prints the text exactly", () => {
        const line = hostile.map((text) => text.replaceAll(/[^\0-\x7f]/g, "?"));
        const lines = fc.array(line, { minLength: 1 }).map((all) => `${all.join("\n")}\n`);
        fc.assert(
            fc.property(lines, (text) => {
                assert.equal(sh(`${embedText("carried", text)}carried`), text);
            }),
            FEW,
        );
    });

    it("ends the text with a newline when it has none", () => {
        assert.equal(sh(`${embedText("carried", "a\nb")}carried`), "a\nb\n");
    });

    it("lets a text contain another embedded text", () => {
        const inner = embedText("inner", "$HOME `id` \\\n");
        assert.equal(sh(`${embedText("outer", inner)}outer`), inner);
    });

    it("refuses a text that would end early and run as code", () => {
        assert.throws(() => embedText("carried", "x\nEND_OF_CARRIED\nrm -rf /\n"), {
            message: "the text of carried has a line END_OF_CARRIED",
        });
    });
});

describe("the scripts", () => {
    const folder = join(__dirname, "..", "..", "components", "scripts");

    it("are found beside the sources", () => {
        assert.match(readScript("lib/common.sh"), /^# shellcheck shell=sh\n/);
    });

    it("all end with a newline, so that they can be put one after the other", () => {
        for (const file of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
            (name) => /\./.test(name),
        )) {
            assert.match(readScript(file), /[^\n]\n$/, file);
        }
    });

    it("carry the approver exactly as it is in the repository", () => {
        const approver = readScript("approval/approver.sh");
        assert.equal(sh(`${embedFile("carried", "approval/approver.sh")}carried`), approver);
        // dash 0.5.12 loses a byte of a line that starts like the delimiter and goes on with a letter that is not ASCII.
        assert.match(approver, /^[\t\n -~]*$/);
    });
});

describe("runLine", () => {
    const BECOME_ROOT = "$([ $(id -u) = 0 ]||echo sudo -n)";
    const UNIT = "systemd-run -qPG --wait -p RuntimeMaxSec=300 -p TimeoutStopSec=180 sh -s --";

    it("runs the script as a transient systemd unit, which survives a cut connection", () => {
        assert.equal(
            runLine({ words: ["ensure"], seconds: 300 }),
            `${BECOME_ROOT} timeout 500 ${UNIT} ensure`,
        );
    });

    it("goes through sudo for anybody but root, with the time limit inside: nobody but root can end sudo", () => {
        const as = (id: number): string =>
            sh(`id() { echo ${id}; }; sudo() { echo "sudo $*"; }; timeout() { echo "timeout $*"; }
                ${runLine({ words: ["ensure"], seconds: 300 })}`);
        assert.equal(as(0), `timeout 500 ${UNIT} ensure\n`);
        assert.equal(as(1000), `sudo -n timeout 500 ${UNIT} ensure\n`);
    });

    it("bounds the wait from outside longer than systemd may need to end and stop the unit", () => {
        fc.assert(
            fc.property(fc.integer({ min: 1, max: 5000 }), (seconds) => {
                const line = runLine({ words: ["ensure"], seconds });
                const outer = Number(/timeout (\d+)/.exec(line)?.[1]);
                assert.ok(outer > seconds + 180);
            }),
        );
    });

    it("passes every word to the script unchanged", () => {
        fc.assert(
            fc.property(fc.array(hostile, { minLength: 1 }), (words) => {
                const line = runLine({ words, seconds: 300 });
                const rest = line.slice(line.indexOf("sh -s -- ") + "sh -s -- ".length);
                assert.deepEqual(sh(`printf '%s\\036' ${rest}`).split("\x1e").slice(0, -1), words);
            }),
            FEW,
        );
    });

    it("leaves plain words readable for the preview", () => {
        assert.ok(
            runLine({
                words: ["ensure", "--repair", "serverTLSBootstrap:false@8c0bc4"],
                seconds: 300,
            }).endsWith("ensure --repair serverTLSBootstrap:false@8c0bc4"),
        );
    });

    describe("with a result", () => {
        /** What a login shell makes of the line on a node where the script's unit does this. */
        const ran = (unit: string): { code: number; output: string } => {
            const line = runLineWithResult({ words: ["ensure"], seconds: 300 });
            const program = `id() { echo 0; }; timeout() { ${unit}; }; ${line}`;
            const { status, stdout, stderr } = spawnSync("sh", ["-c", program], {
                encoding: "utf8",
            });
            return { code: status ?? -1, output: stdout + stderr };
        };

        it("prints what the script prints, byte for byte, and ends as it does", () => {
            const result = String.raw`{"a":"\\n\u003c"}`;
            for (const code of [0, 68]) {
                const unit = `printf '%s\\n' 'w1: a line' '${result}'; return ${code}`;
                assert.deepEqual(ran(unit), { code, output: `w1: a line\n${result}\n` });
            }
        });

        it("fails without a result, which is what a node that goes down leaves", () => {
            const { code, output } = ran("return 0");
            assert.notEqual(code, 0);
            assert.match(output, /no result; next: try again/);
        });

        it("leaves the verb a word of its own", () => {
            const line = runLineWithResult({ words: ["ensure"], seconds: 300 });
            assert.equal(/ sh -s -- (\S+)/.exec(line)?.[1], "ensure");
        });
    });
});
