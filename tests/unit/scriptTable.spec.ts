import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { readScript } from "../../components/ssh/composeScript";
import { loaderOf } from "../../components/ssh/nodeScripts";
import {
    composedScript,
    EXIT_CODES,
    SCRIPT_NAMES,
    scriptEntry,
    secondsFor,
    type ScriptName,
} from "../../components/ssh/scriptTable";

function found(text: string, pattern: RegExp): string[] {
    return [...new Set([...text.matchAll(pattern)].map(([, word = ""]) => word))].sort();
}

/** Variables in capitals that a text reads and does not set. */
function readFromOutside(text: string): string[] {
    // A default for itself, as in X=${X:-60}, sets nothing.
    const isSet = (name: string): boolean =>
        new RegExp(`\\b${name}=(?!\\$\\{${name}:?-)|read [^\\n]*\\b${name}\\b`).test(text);
    return found(text, /\$\{?([A-Z][A-Z0-9_]{2,})\b/g).filter(
        (name) => !isSet(name) && !NOT_SETTINGS.includes(name),
    );
}

/** The environment, what is set for each script, what one function of a script tells another, and arguments in awk. */
const NOT_SETTINGS = ["PATH", "HOME", "ROOT", "SCRIPT", "ON_FAILURE", "ARGV"];

/** All that a node runs of a script: what it is sent on stdin, too. */
function allOf(name: ScriptName): string {
    return loaderOf(name) + composedScript(name).text;
}

describe("the table of scripts", () => {
    it("has every meaning of an exit code that common.sh tells the reader, and no other", () => {
        const told = readScript("lib/common.sh")
            .split("\n")
            .filter((line) => /^# +\d+  /.test(line));
        const meant = Object.entries(EXIT_CODES).map(
            ([code, meaning]) => `#  ${code.padStart(2)}  ${meaning}`,
        );
        assert.deepEqual(told, meant);
    });

    for (const name of SCRIPT_NAMES) {
        const entry = scriptEntry(name);

        it(`${name}: is its files, one after the other, under the name of its SHA-256`, () => {
            const { text, file, bytes, place } = composedScript(name);
            assert.equal(file, `${name}-${createHash("sha256").update(text).digest("hex")}`);
            assert.equal(bytes, Buffer.byteLength(text));
            assert.equal(place, entry.place);
            assert.ok(text.startsWith(readScript("lib/common.sh")));
            assert.ok(text.endsWith('\nmain "$@"\n'));
            assert.equal(composedScript(name), composedScript(name), "composed once");
        });

        it(`${name}: ends with no code that the table does not have`, () => {
            const { text } = composedScript(name);
            // Awk has an exit of its own, with 1; an approver that is told to end says 143 to systemd.
            const codes = [
                ...found(text, /\bfail (\d+)\b/g),
                ...found(text, /\bexit ([2-9]\d)\b/g),
            ].map(Number);
            const declared = entry.exits as readonly number[];
            assert.ok(codes.length > 3);
            assert.deepEqual(
                codes.filter((code) => !declared.includes(code)),
                [],
            );
        });

        it(`${name}: reads no setting that the table does not have`, () => {
            const declared = [...entry.required, ...entry.optional, ...entry.limits];
            const read = readFromOutside(allOf(name)).filter(
                (key) => name === "csr-approval" || key !== "TRACE",
            );
            assert.deepEqual(
                read.filter((key) => !declared.includes(key)),
                [],
            );
        });

        it(`${name}: reads each setting of the table but those that only tell when to check again`, () => {
            const text = allOf(name);
            const again = ["PODS_SHA256", "CA_BUNDLE_SHA256", "CERTIFICATE_SHA256", "IMAGE"];
            const settings = [...entry.required, ...entry.optional].filter(
                (key) => !new RegExp(`\\$\\{?${key}\\b`).test(text),
            );
            assert.deepEqual(settings, name === "verification" ? again : []);
            const unread = entry.limits.filter((key) => !text.includes(`\${${key}:-`));
            assert.deepEqual(unread, []);
            const all = [...entry.required, ...entry.optional, ...entry.limits];
            assert.equal(new Set(all).size, all.length);
        });

        it(`${name}: knows its verbs, and says so when asked for another`, () => {
            const { text } = composedScript(name);
            for (const verb of Object.keys(entry.verbs)) {
                assert.match(text, new RegExp(`\\b${verb}\\b`), verb);
            }
            assert.throws(() => secondsFor(name, "dance"), /has no verb dance; expected one of /);
        });
    }

    it("keeps what a later delete needs, and only that", () => {
        const kept = SCRIPT_NAMES.filter((name) => scriptEntry(name).place === "state");
        const undone = SCRIPT_NAMES.filter((name) =>
            Object.keys(scriptEntry(name).verbs).some((verb) => /^(revert|uninstall)$/.test(verb)),
        );
        assert.deepEqual(kept, undone);
    });

    it("declares for all scripts what their loader and the receiver end with", () => {
        const receiver = found(readScript("lib/receive.sh"), /\bstop (\d+)\b/g).map(Number);
        for (const name of SCRIPT_NAMES) {
            const own = found(loaderOf(name), /\bexit ([1-9]\d*)\b/g).map(Number);
            assert.deepEqual(own, [78], name);
            const codes = [...receiver, ...own];
            const declared = scriptEntry(name).exits as readonly number[];
            assert.deepEqual(
                codes.filter((code) => !declared.includes(code)),
                [],
                name,
            );
        }
    });
});
