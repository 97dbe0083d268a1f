import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { compactScript } from "../../components/ssh/compactScript";
import { readScript, sentScript } from "../../components/ssh/composeScript";
import { sh } from "./support/shell";

const FILES = readdirSync(join(__dirname, "..", "..", "components", "scripts"));

/** All functions of a script as bash understood them: its own spelling, without comments. */
function understood(script: string): string {
    const functions = script.replace(/\nmain "\$@"\n$/, "\n");
    return execFileSync("bash", ["-c", `${functions}\ndeclare -f`], { encoding: "utf8" });
}

describe("a script as it is sent", () => {
    for (const file of FILES) {
        it(`is to a shell the very same as ${file}`, () => {
            assert.match(understood(readScript(file)), /\S/);
            assert.equal(understood(sentScript(file)), understood(readScript(file)));
        });

        it(`is shorter by a tenth at least, and cannot be shortened again: ${file}`, () => {
            assert.ok(sentScript(file).length < 0.9 * readScript(file).length);
            assert.equal(compactScript(sentScript(file)), sentScript(file));
        });
    }
});

describe("compactScript", () => {
    it("takes away comments, blank lines and indentation", () => {
        assert.equal(
            compactScript(
                "# it's\nf() {\n\n    # a \"comment\n\tif :; then\n        g\n    fi\n}\n",
            ),
            "f() {\nif :; then\ng\nfi\n}\n",
        );
    });

    it("keeps what is quoted byte for byte, over several lines", () => {
        for (const text of [
            "awk '\n    # not ours\n\n    { print }'\n",
            'echo "\n    # text\n\n    text"\n',
            'echo "$(printf "%s" "\n  # \'")"\n',
            'echo "${X:-"\n  # }"}" "\\"\n  #"\n',
            'X=$(\n  echo "a)"\n  # kept, harmless\n)\n',
        ]) {
            assert.equal(compactScript(text), text);
        }
    });

    it("keeps here-documents byte for byte, also several of one line", () => {
        const text = "cat <<END - <<'OTHER'\n    # text 'it\n\nEND\n  OTHERS\n\nOTHER\n";
        assert.equal(compactScript(text), text);
        assert.equal(compactScript(`  ${text}    echo # end\n`), `${text}echo # end\n`);
    });

    it("keeps the indentation of a continued line, which may part two words", () => {
        assert.equal(compactScript("    echo a\\\n    b\n"), "echo a\\\n    b\n");
    });

    it("takes for a comment only what a shell takes for one", () => {
        for (const text of [
            "echo a#'\n#b'\n",
            "echo $#'\n #'\n",
            "echo ${#A}'\n #'\n",
            "a \\#'\n #'\n",
            "echo a\\ # b'\n #'\n",
            "echo \\;# b'\n #'\n",
        ]) {
            assert.equal(compactScript(text), text);
        }
    });

    it("changes nothing that a script prints", () => {
        const piece = fc.constantFrom(
            "'",
            '"',
            "\\",
            "\n",
            "    ",
            "#",
            " # ",
            "a",
            "$A",
            "${A#x}",
            "$(echo '\n #')",
            '"$(echo "b # ")"',
            ";",
            "\necho ",
        );
        const attempt = (make: () => string): string | undefined => {
            try {
                return make();
            } catch {
                return undefined;
            }
        };
        fc.assert(
            fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
                const text = `A=xy\n    echo ${pieces.join("")}\n`;
                const printed = attempt(() => sh(text));
                const compact = attempt(() => compactScript(text));
                fc.pre(printed !== undefined && compact !== undefined);
                assert.equal(sh(compact), printed);
            }),
            { numRuns: 60 },
        );
    });

    it("refuses what it does not follow instead of guessing", () => {
        for (const [text, message] of [
            ["echo `id`\n", /a backquote/],
            ["cat <<-END\n\tEND\n", /<<-/],
            ["x=$(cat <<END\nEND\n)\n", /inside of an expansion/],
            ["cat <<END\nno end\n", /not closed by END/],
            ["x=$(y)#\n", /# right behind \)/],
            ["echo 'a\n", /' is missing/],
            ["echo ${a\n", /} is missing/],
        ] as const) {
            assert.throws(() => compactScript(text), message, text);
        }
    });
});
