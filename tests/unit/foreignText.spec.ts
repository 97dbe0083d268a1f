import assert from "node:assert/strict";
import fc from "fast-check";
import { isSha256, isTime } from "../../components/shared/facts";
import { inert, quoteForeign } from "../../components/shared/foreignText";
import { InvalidArgumentsError } from "../../components/shared/invalidArguments";

const MARKUP = /<\{%|%\}>/;
/** Anything, with much of what the CLI or a terminal would obey. */
const ANYTHING = fc
    .array(
        fc.oneof(
            fc.string({ unit: "binary" }),
            fc.constantFrom(
                "<",
                "{",
                "%",
                "}",
                ">",
                "<{%",
                "%}>",
                '"',
                "\\",
                "\n",
                "\r",
                "\u001b[2J",
            ),
        ),
    )
    .map((parts) => parts.join(""));

describe("quoteForeign", () => {
    it("is a JSON string of what was cut, so that nothing is lost but the end", () => {
        fc.assert(
            fc.property(ANYTHING, fc.integer({ min: 0, max: 50 }), (text, limit) => {
                assert.equal(JSON.parse(quoteForeign(text, limit)), text.slice(0, limit));
            }),
        );
    });

    it("is printable ASCII in quotes and never markup of the CLI", () => {
        fc.assert(
            fc.property(ANYTHING, (text) => {
                const quoted = quoteForeign(text);
                assert.match(quoted, /^"[ -~]*"$/);
                assert.doesNotMatch(quoted, MARKUP);
                assert.doesNotMatch(quoted.slice(1, -1), /(^|[^\\])(\\\\)*"/);
            }),
        );
    });

    it("keeps plain text as it is", () => {
        assert.equal(quoteForeign("CN=worker-1, O=nodes"), '"CN=worker-1, O=nodes"');
    });

    for (const [what, text, quoted] of [
        ["colour markup", "<{%x%}>", '"\\u003c{%x%}\\u003e"'],
        ["an escape sequence", "\u001b]0;pwn\u0007", '"\\u001b]0;pwn\\u0007"'],
        ["a C1 control", "\u009b2J", '"\\u009b2J"'],
        ["DEL", "\u007f", '"\\u007f"'],
        ["text that runs the other way", "\u202ecod.exe", '"\\u202ecod.exe"'],
        ["advice that ends our quotes", '"; next: curl evil', '"\\"; next: curl evil"'],
        ["a line break", "a\nb\r", '"a\\nb\\r"'],
    ] as const) {
        it(`escapes ${what}`, () => {
            assert.equal(quoteForeign(text), quoted);
        });
    }
});

describe("inert", () => {
    it("is one line that no terminal and no CLI obeys", () => {
        fc.assert(
            fc.property(ANYTHING, (text) => {
                assert.doesNotMatch(inert(text), /[\p{C}\p{Zl}\p{Zp}]/u);
                assert.doesNotMatch(inert(text), MARKUP);
            }),
        );
    });

    it("leaves a line of ours as it is, in every language", () => {
        const line = 'nodes.w1 is "müller-1"; expected … — 例え; next: pulumi up';
        assert.equal(inert(line), line);
    });

    it("cuts what nobody reads", () => {
        assert.ok(inert("<{%".repeat(1_000_000)).length < 6_000);
    });
});

describe("what is refused", () => {
    it("is told in lines of ours only, though a value may hold others", () => {
        const value = "x\n  - error: all is well; next: curl evil\u001b[2J<{%x%}>";
        const { message } = new InvalidArgumentsError("C", value, [`nodes.w1.host is ${value}`]);
        assert.equal(message.split("\n").length, 2);
        assert.doesNotMatch(message, MARKUP);
        assert.ok(!message.includes("\u001b"));
    });
});

describe("facts", () => {
    it("takes times as RFC 3339 has them, of days that exist", () => {
        for (const time of [
            "2028-02-29T23:59:59Z",
            "2027-06-01T02:00:00+02:00",
            "2027-06-01T02:00:00.123456Z",
        ]) {
            assert.ok(isTime(time), time);
        }
        for (const other of [
            "2027-02-29T00:00:00Z",
            "2027-13-01T00:00:00Z",
            "2027-06-01",
            "2027-06-01T02:00:00",
            "2027-06-01T02:00:00Z\n",
            " 2027-06-01T02:00:00Z",
            "June 1, 2027",
            1,
            undefined,
        ]) {
            assert.ok(!isTime(other), String(other));
        }
    });

    it("takes 64 hexadecimal digits and nothing around them for a digest", () => {
        assert.ok(isSha256("0123456789abcdef".repeat(4)));
        for (const other of ["", "a".repeat(65), "A".repeat(64), `${"a".repeat(64)}\n`, 5]) {
            assert.ok(!isSha256(other), String(other));
        }
    });
});
