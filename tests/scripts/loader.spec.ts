import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describeInShells } from "./support/parallel";
import { OTHER_STACK, ScriptPlace, sent } from "./support/scriptPlace";
import type { Run, ShellName } from "./support/shells";

/** Leaves a mark as soon as a byte of it runs, and hands on what it got. */
const TEXT =
    ': >"$ROOT/ran"\nmain() {\nexec </dev/null\nprintf \'%s|\' "$NODE_NAME" "$@"\nexit 7\n}\nmain "$@"\n';
const KEPT = sent(TEXT);
const CHECK = sent(TEXT, "verification");

const onPlace = (body: (place: ScriptPlace) => Promise<void>) => (shell: ShellName) =>
    ScriptPlace.use(shell, body);

/** Nothing of the script ran, and a line says what was found and what to do. */
function refused(place: ScriptPlace, run: Run, ...words: string[]): void {
    assert.equal(run.code, 78, run.output);
    assert.ok(!existsSync(join(place.root, "ran")), "not a byte may run");
    assert.match(run.output, /^w1: error: .*; next: .+$/m);
    for (const word of words) assert.ok(run.output.includes(word), `${word} in ${run.output}`);
}

/** In front of sha256sum, for whoever would change the file after it was read. */
const SWAP = (file: string): string =>
    `printf 'echo swapped; exit 9\\n' >'${file}'\nexec /usr/bin/sha256sum "$@"`;

/** Every byte that a shell may trip over: quotes, backslashes, a here-document, and no newline too many at the end. */
const ODD = sent(
    [
        ": >\"$ROOT/ran\"; text='it'\\''s \\\\n %s'",
        "cat >\"$ROOT/odd\" <<'END'",
        "  \\t $HOME `id` é",
        "",
        "END",
        'printf \'%s|\' "$text" "$@" </dev/null',
        "",
    ].join("\n"),
);

describeInShells("load-kept.sh", {
    "runs the script with the words of the command line as they are, and ends as it does": onPlace(
        async (place) => {
            place.keep(KEPT);
            const run = await place.load(KEPT.file, ["ensure", "--repair", "a  b", "$HOME*", ""]);
            assert.equal(run.output, "w1|ensure|--repair|a  b|$HOME*||");
            assert.equal(run.code, 7);
        },
    ),
    "runs it byte for byte": onPlace(async (place) => {
        place.keep(ODD);
        const run = await place.load(ODD.file, ["ensure"]);
        assert.deepEqual([run.output, run.code], ["it's \\\\n %s|ensure|", 0]);
        assert.equal(readFileSync(join(place.root, "odd"), "utf8"), "  \\t $HOME `id` é\n\n");
    }),
    "runs what it has compared, also when the file is another one a moment later": onPlace(
        async (place) => {
            const file = place.keep(KEPT);
            const path = place.tool("sha256sum", SWAP(file));
            const run = await place.startLoader(KEPT.file, ["ensure"], {}, path).done;
            assert.match(readFileSync(file, "utf8"), /swapped/);
            assert.deepEqual([run.output, run.code], ["w1|ensure|", 7]);
        },
    ),
    "names a script that is not there": onPlace(async (place) => {
        const run = await place.load(KEPT.file, ["ensure"]);
        refused(place, run, `${place.scripts}/${KEPT.file}`, "README");
    }),
    "runs nothing of a script with another digest": onPlace(async (place) => {
        const file = place.keep({ file: KEPT.file, text: `${KEPT.text}#\n` });
        refused(place, await place.load(KEPT.file, ["ensure"]), file);
    }),
    "runs nothing of one that lacks its end": onPlace(async (place) => {
        place.keep({ file: KEPT.file, text: KEPT.text.slice(0, 40) });
        refused(place, await place.load(KEPT.file, ["ensure"]), KEPT.file);
    }),
    "runs nothing of one with a newline too many": onPlace(async (place) => {
        const text = `${KEPT.text}\n`;
        const { file } = sent(text);
        place.keep({ file, text });
        refused(place, await place.load(file, ["ensure"]), file);
    }),
    "runs nothing of an empty file, or of a folder": onPlace(async (place) => {
        place.keep({ file: KEPT.file, text: "" });
        refused(place, await place.load(KEPT.file, ["revert"]), KEPT.file);
        const folder = sent("a folder\n");
        mkdirSync(join(place.scripts, folder.file));
        refused(place, await place.load(folder.file, ["revert"]), folder.file);
    }),
    "revert: a node that was made anew has nothing to take back": onPlace(async (place) => {
        const run = await place.load(KEPT.file, ["revert"]);
        assert.deepEqual([run.output, run.code], ["", 0]);
    }),
    "revert: state without the script that wrote it is an error": onPlace(async (place) => {
        place.write("var/lib/secure-metrics-server/kubelet/previous", "absent");
        refused(place, await place.load(KEPT.file, ["revert"]), KEPT.file);
    }),
    "revert: what another script left is not this one's": onPlace(async (place) => {
        place.write("var/lib/secure-metrics-server/kubelet-config/previous", "absent");
        const run = await place.load(KEPT.file, ["revert"]);
        assert.equal(run.code, 0, run.output);
    }),
    "uninstall: what this stack installed without its script is an error, another stack's is not":
        onPlace(async (place) => {
            const approval = sent(TEXT, "csr-approval");
            const own = { TRACE: "/etc/secure-metrics-server/csr-inventory.d/a.b.c" };
            place.write("etc/secure-metrics-server/csr-inventory.d/x.y.z", "");
            assert.equal((await place.load(approval.file, ["uninstall"], own)).code, 0);
            place.write(own.TRACE.slice(1), "");
            refused(place, await place.load(approval.file, ["uninstall"], own), approval.file);
        }),
});

describeInShells("load-once.sh", {
    "runs what lies in /run for one run, and leaves nothing there": onPlace(async (place) => {
        place.putForOneRun(CHECK, 4711);
        const run = await place.load(CHECK.file, ["metrics", "a  b"]);
        assert.deepEqual([run.output, run.code], ["w1|metrics|a  b|", 7]);
        assert.deepEqual(readdirSync(place.run), []);
    }),
    "gives each of two checks that start at once a file of its own": onPlace(async (place) => {
        for (const upload of [1, 2]) place.putForOneRun(CHECK, upload);
        const runs = await Promise.all([1, 2].map(() => place.load(CHECK.file, ["metrics"])));
        assert.deepEqual(
            runs.map(({ output }) => output),
            ["w1|metrics|", "w1|metrics|"],
        );
        assert.deepEqual(readdirSync(place.run), []);
    }),
    "leaves another stack what it has put there": onPlace(async (place) => {
        const theirs = place.putForOneRun(CHECK, 1, OTHER_STACK);
        refused(place, await place.load(CHECK.file, ["metrics"]), "no ", CHECK.file);
        assert.equal(readFileSync(theirs, "utf8"), CHECK.text);
    }),
    "names what is not there, and says how it comes there": onPlace(async (place) => {
        const run = await place.load(CHECK.file, ["metrics"]);
        refused(place, run, `no ${place.run}/secure-metrics-server.script-${CHECK.file}`);
        refused(place, run, "next: pulumi up, which sends it again");
    }),
    "runs nothing of a script with another digest, names both and leaves nothing": onPlace(
        async (place) => {
            const other = sent(`${CHECK.text}#\n`);
            place.putForOneRun({ file: CHECK.file, text: other.text }, 1);
            const digests = [CHECK, other].map(({ file }) => file.slice(-64));
            refused(place, await place.load(CHECK.file, ["metrics"]), ...digests);
            assert.deepEqual(readdirSync(place.run), []);
        },
    ),
});
