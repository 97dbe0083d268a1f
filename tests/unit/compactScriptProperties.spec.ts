import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fc from "fast-check";
import { compactScript } from "../../components/ssh/compactScript";
import { SHELLS } from "../scripts/support/shells";

const DIALECTS = [SHELLS.dash, SHELLS.bash].map(([command = "", ...flags]) => ({ command, flags }));

interface Ran {
    status: number | null;
    stdout: string;
    /** What the shell itself complains of. */
    stderr: string;
}

function runs({ command, flags }: (typeof DIALECTS)[number], text: string, ...more: string[]): Ran {
    const run = spawnSync(command, [...flags, ...more, "-s"], { input: text, encoding: "utf8" });
    assert.equal(run.error, undefined);
    const { status, stdout, stderr } = run;
    return { status, stdout, stderr };
}

/** Functions as bash understood them, in its own spelling. */
function understood(text: string): string {
    return runs({ command: "bash", flags: [] }, `${text}declare -f\n`).stdout;
}

// Texts that look like something else to whoever does not know where they stand.
const text = fc
    .array(
        fc.constantFrom(
            "a",
            " ",
            "    ",
            "\n",
            "\n    ",
            "#",
            " # ",
            "<<END",
            "\nEND",
            ")",
            ";;",
            "}",
            "esac",
            "%s",
        ),
        { maxLength: 6 },
    )
    .map((pieces) => pieces.join(""));

const single = fc
    .array(fc.oneof(text, fc.constantFrom('"', "\\", "$", "`")), { maxLength: 4 })
    .map((pieces) => `'${pieces.join("")}'`);

const expansions = fc.constantFrom(
    "$A",
    "${A}",
    "${#A}",
    "${A#*#}",
    "${A%%b*}",
    "$#",
    "$((1 + 2))",
    "\\$",
    '\\"',
    "\\\\",
    "$ ",
);

const word = fc.letrec<{ word: string; double: string; command: string }>((tie) => ({
    word: fc.oneof(
        { depthSize: "small" },
        fc.constantFrom("a", "b#c", "a\\#", "\\'", '\\"', "-n", "x=y", "a\\\n    b", "\\\n    c"),
        single,
        tie("double"),
        tie("command"),
    ),
    double: fc
        .array(
            fc.oneof(
                text,
                expansions,
                fc.constant("'"),
                tie("command"),
                tie("double").map((each) => `\${N:-${each}}`),
            ),
            {
                maxLength: 4,
            },
        )
        .map((pieces) => `"${pieces.join("")}"`),
    command: tie("word").map((each) => `$(\n    # it's ) a comment\n    printf '%s' ${each}\n)`),
})).word;

const indent = fc.constantFrom("", "    ", "\t", "        ");
const noise = fc.constantFrom("", "# it's <<END a `comment`\n", "\n", '    # "\n\n', "  \t\n");

const echo = fc
    .tuple(
        fc.array(word, { maxLength: 3 }),
        fc.constantFrom("", " # it's", ' ;# "', " || : # <<END"),
    )
    .map(([words, end]) => `printf '[%s]' ${words.join(" ")}${end}\n`);

const here = fc
    .tuple(
        text,
        fc.constantFrom("END", "'END'", ' "END"'),
        fc.constantFrom("", " | cat # it's", "; echo x"),
    )
    .map(
        ([body, delimiter, end]) =>
            `cat <<${delimiter}${end}\n    ${body.replaceAll("\nEND", "\n END")} \n  it's "\n\nEND\n`,
    );

const statement = fc.letrec<{ statement: string; block: string }>((tie) => ({
    statement: fc.oneof({ depthSize: "small", withCrossShrink: true }, echo, here, tie("block")),
    block: fc
        .tuple(
            fc.array(
                fc.tuple(noise, indent, tie("statement")).map((parts) => parts.join("")),
                { minLength: 1, maxLength: 3 },
            ),
            word,
            fc.constantFrom("if", "case", "for", "function", "group", "subshell"),
        )
        .map(([body, operand, kind]) => block(kind, body.join(""), operand)),
})).statement;

function block(kind: string, body: string, operand: string): string {
    switch (kind) {
        case "if":
            return `if [ x = ${quotedOnly(operand)} ]; then # it's\n${body}else\n${body}fi\n`;
        case "case":
            return `case ${quotedOnly(operand)} in\n    # it's\n    a | '#'*) ;; # (\n    (*)\n${body}    ;;\nesac\n`;
        case "for":
            return `for each in ${operand} b; do\n${body}done\n`;
        case "function":
            return `g() { # it's\n${body}}\n    g ${operand}\n`;
        case "group":
            return `{\n${body}} # "\n`;
        default:
            return `(\n${body}\n    ) | cat\n`;
    }
}

/** One operand, not several. */
function quotedOnly(operand: string): string {
    return operand.startsWith("'") || operand.startsWith('"') ? operand : "a";
}

const script = fc
    .array(
        fc.tuple(noise, indent, statement).map((parts) => parts.join("")),
        { minLength: 1, maxLength: 4 },
    )
    .map((parts) => `A=x#yb N=\nf() {\n${parts.join("")}}\nf one 'two  three'\n`);

/** The same scripts in every run of the tests; another seed looks further: `FAST_CHECK_SEED=7 npm run unit`. */
const SEED = Number(process.env["FAST_CHECK_SEED"] ?? 20261122);

describe("compactScript, of scripts made of what the package uses", () => {
    it("leaves a text that parses and does the same, and takes it without an error", () => {
        fc.assert(
            fc.property(script, (original) => {
                const compact = compactScript(original);
                for (const dialect of DIALECTS) {
                    const before = runs(dialect, original);
                    assert.equal(before.stderr, "", original);
                    assert.deepEqual(runs(dialect, compact), before);
                    assert.equal(runs(dialect, compact, "-n").stderr, "");
                }
                assert.equal(compactScript(compact), compact);
            }),
            { numRuns: 60, seed: SEED },
        );
    });

    it("leaves every function as bash understood it", () => {
        fc.assert(
            fc.property(script, (original) => {
                const functions = original.replace(/f one .*\n$/, "");
                const before = understood(functions);
                assert.match(before, /^f \(\)/);
                assert.equal(understood(compactScript(functions)), before);
            }),
            { numRuns: 60, seed: SEED },
        );
    });
});

describe("compactScript, of pieces in any order", () => {
    const piece = fc.constantFrom(
        "$'",
        '$"',
        "'",
        '"',
        "\\",
        "\\\n",
        "\n",
        "\n    ",
        "#",
        " # ",
        "a",
        " ",
        "${N:-",
        "}",
        "$(",
        ")",
        "(",
        "((",
        "<<END",
        "<<'END'",
        "<<ENDS",
        "\nEND\n",
        "\nENDS\n",
        ";",
        " case a in a) ",
        " esac ",
        ";;",
        "$LINENO",
        "\necho ",
        "\f",
        "\r",
        "$",
    );

    it("does not change what it does without a word, in a shell that takes the original", () => {
        let told = 0;
        fc.assert(
            fc.property(fc.array(piece, { maxLength: 14 }), fc.nat(1), (pieces, which) => {
                const dialect = DIALECTS[which];
                const original = `N=\n    echo ${pieces.join("")}\n   echo end\n`;
                fc.pre(!original.includes("$$")); // the number of the process
                let compact: string;
                try {
                    compact = compactScript(original);
                } catch {
                    told += 1;
                    return;
                }
                assert.ok(dialect);
                const before = runs(dialect, original);
                if (before.stderr === "")
                    assert.deepEqual(runs(dialect, compact), before, original);
            }),
            { numRuns: 300, seed: SEED },
        );
        assert.ok(told > 0);
    });
});

describe("compactScript refuses", () => {
    const REFUSED: Record<string, [string, RegExp]> = {
        "a backslash behind a dollar sign": ["echo $\\\n  echo end\n", /a backslash behind \$/],
        "a delimiter that goes on behind its letters": [
            "cat <<END2\n a\nEND\n b\nEND2\n",
            /an odd delimiter/,
        ],
        "a delimiter with a dash in it": ["cat <<END-X\n a\nEND\n b\nEND-X\n", /an odd delimiter/],
        "a here-document whose delimiter a backslash hides": [
            "cat <<END\n a\\\nEND\n  b\nEND\n",
            /a backslash before END/,
        ],
        "ANSI-C quotes": ["echo $'a\\'b'\n  echo '\n   #'\n", /a quote behind \$/],
        "quotes that are translated": ['echo $"a\'"\n', /a quote behind \$/],
        "a backslash at the end": ["echo a\\", /a backslash at the end/],
        "a # behind a continuation": ["echo a\\\n#'\n   b'\n", /a # on a continuation line/],
        "single quotes in braces": ["echo ${N:-'}'}\n echo '\n   b'\n", /a ' inside of \$\{ \}/],
        "case in a substitution": [
            'x="$(case a in a) echo "x\n   y" ;; esac)"\n',
            /case inside of \$\( \)/,
        ],
        "the number of a line": ["\n\necho $LINENO ${LINENO}\n", /LINENO/],
    };
    for (const [what, [text, message]] of Object.entries(REFUSED)) {
        it(`${what}, which it does not follow`, () => {
            assert.throws(() => compactScript(text), message);
        });
    }

    it("none of the same where they are only text", () => {
        for (const text of [
            'echo "a$" \'$\' "it\'s $" # x\n',
            "cat <<'END'\n a\\\nEND\n",
            "echo '<<END2' \"<<END-X\" LINENO\n",
        ]) {
            assert.equal(compactScript(text), text);
        }
    });
});
