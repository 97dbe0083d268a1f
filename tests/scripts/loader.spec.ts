import assert from "node:assert/strict";
import {
    chmodSync,
    chownSync,
    existsSync,
    mkdirSync,
    readdirSync,
    renameSync,
    symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { describeInShells } from "./support/parallel";
import { ScriptPlace, sent, type Sent } from "./support/scriptPlace";
import { resultOf, type Run, type ShellName } from "./support/shells";

/** Leaves a mark as soon as a byte of it runs, and hands on what it got. */
const SCRIPT = sent(
    ': >"$ROOT/ran"\nmain() {\nexec </dev/null\nprintf \'%s|\' "$NODE_NAME" "$@"\nexit 7\n}\nmain "$@"\n',
);
const IN_RUN = (id: number): string => `run/secure-metrics-server.script-${SCRIPT.file}.${id}`;

const onPlace = (body: (place: ScriptPlace) => Promise<void>) => (shell: ShellName) =>
    ScriptPlace.use(shell, body);

/** Nothing of the script ran, and a line says what was found, what was expected and what to do. */
function refused(place: ScriptPlace, run: Run, code: number, ...words: string[]): void {
    assert.equal(run.code, code, run.output);
    assert.ok(!existsSync(join(place.root, "ran")), "not a byte may run");
    assert.match(run.output, /^w1: error: .*; next: [^\n]+\n$/);
    for (const word of words) assert.ok(run.output.includes(word), `${word} in ${run.output}`);
}

/** One way to spoil what lies there. */
const spoiled = (spoil: (place: ScriptPlace, file: string) => void, script: Sent = SCRIPT) =>
    onPlace(async (place) => {
        const file = place.keep(script);
        spoil(place, file);
        refused(
            place,
            await place.load(script.file, ["ensure"]),
            79,
            "is not root's alone",
            place.root,
        );
    });

describeInShells("loader.sh", {
    "runs the script with the words of the command line as they are, and ends as it does": onPlace(
        async (place) => {
            place.keep(SCRIPT);
            const run = await place.load(SCRIPT.file, ["ensure", "--repair", "a  b", "$HOME*", ""]);
            assert.equal(run.output, "w1|ensure|--repair|a  b|$HOME*||");
            assert.equal(run.code, 7);
        },
    ),
    "runs what lies in /run for one run": onPlace(async (place) => {
        place.write(IN_RUN(4711), SCRIPT.text);
        assert.equal((await place.load(SCRIPT.file, ["metrics"])).output, "w1|metrics|");
        assert.deepEqual(
            readdirSync(place.run).filter((name) => name.includes(".script-")),
            [],
        );
    }),
    "gives each of two checks that start at once a file of its own": onPlace(async (place) => {
        for (const id of [1, 2]) place.write(IN_RUN(id), SCRIPT.text);
        const runs = await Promise.all([1, 2].map(() => place.load(SCRIPT.file, ["metrics"])));
        assert.deepEqual(
            runs.map(({ output }) => output),
            ["w1|metrics|", "w1|metrics|"],
        );
    }),
    "names a script that is not there": onPlace(async (place) => {
        const run = await place.load(SCRIPT.file, ["ensure"]);
        refused(place, run, 78, `no ${place.scripts}/${SCRIPT.file};`, "pulumi up");
    }),
    "runs nothing of a script with another digest, and names both": onPlace(async (place) => {
        const other = sent(`${SCRIPT.text}#\n`);
        const file = place.keep({ file: SCRIPT.file, text: other.text });
        const digests = [SCRIPT, other].map(({ file: name }) => name.slice(-64));
        refused(place, await place.load(SCRIPT.file, ["ensure"]), 79, file, ...digests);
    }),
    "runs nothing of an empty file": onPlace(async (place) => {
        place.keep({ file: SCRIPT.file, text: "" });
        refused(place, await place.load(SCRIPT.file, ["revert"]), 79, SCRIPT.file);
    }),
    "refuses a script that others may write": spoiled((_, file) => {
        chmodSync(file, 0o602);
    }),
    "refuses a script that a group may write": spoiled((_, file) => {
        chmodSync(file, 0o660);
    }),
    "refuses a folder that others may write, also with the sticky bit": spoiled((place) => {
        chmodSync(place.scripts, 0o1777);
    }),
    "refuses a folder in one that a group may write": spoiled((place) => {
        chmodSync(join(place.scripts, ".."), 0o770);
    }),
    "refuses a link instead of the script": spoiled((place, file) => {
        renameSync(file, join(place.root, "elsewhere"));
        symlinkSync(join(place.root, "elsewhere"), file);
    }),
    "refuses a link instead of the folder": spoiled((place) => {
        renameSync(place.scripts, join(place.root, "elsewhere"));
        symlinkSync(join(place.root, "elsewhere"), place.scripts);
    }),
    "refuses a directory instead of the script": spoiled((place, file) => {
        renameSync(file, join(place.root, "elsewhere"));
        mkdirSync(file, { mode: 0o777 });
        chmodSync(file, 0o777);
    }),
    ...Object.fromEntries(
        ["revert", "uninstall"].map((verb) => [
            `${verb}: a node that was made anew has nothing to take back, and says so`,
            onPlace(async (place) => {
                const run = await place.load(SCRIPT.file, [verb]);
                assert.equal(run.code, 0, run.output);
                assert.match(run.output, /^w1: nothing to take back here\n/);
                assert.deepEqual(resultOf(run), { changed: false });
            }),
        ]),
    ),
    "revert: state without the script that wrote it is an error": onPlace(async (place) => {
        place.write("var/lib/secure-metrics-server/kubelet/previous", "absent");
        refused(place, await place.load(SCRIPT.file, ["revert"]), 78, SCRIPT.file);
    }),
    "revert: what another script left is not this one's": onPlace(async (place) => {
        place.write("var/lib/secure-metrics-server/kubelet-config/previous", "absent");
        const run = await place.load(SCRIPT.file, ["revert"]);
        assert.equal(run.code, 0, run.output);
    }),
    "uninstall: an inventory without its script is an error": onPlace(async (place) => {
        const approval = sent(SCRIPT.text, "csr-approval");
        place.write("etc/secure-metrics-server/csr-inventory.d/a.b.c", "w1 10.0.0.1");
        const run = await place.load(approval.file, ["uninstall"], { INSTANCE: "a.b.c" });
        refused(place, run, 78, approval.file);
    }),
});

describeInShells(
    "loader.sh, on files of another user",
    {
        "refuses the script": spoiled((_, file) => {
            chownSync(file, 1000, 0);
        }),
        "refuses the folder": spoiled((place) => {
            chownSync(place.scripts, 1000, 0);
        }),
    },
    process.getuid?.() === 0 ? [] : ["root, who can give files away"],
);
