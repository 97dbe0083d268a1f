import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
    chmodSync,
    chownSync,
    existsSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    statSync,
    symlinkSync,
    utimesSync,
} from "node:fs";
import { join } from "node:path";
import { describeInShells } from "./support/parallel";
import { ScriptPlace, sent } from "./support/scriptPlace";
import type { Run, ShellName } from "./support/shells";

const SCRIPT = sent(`# ${"a line of a script ".repeat(2000)}\nprintf 'é\\n'\n`);
const SAYS = (...words: string[]): string =>
    words.map((word) => `secure-metrics-server: ${word}\n`).join("");

const onPlace = (body: (place: ScriptPlace) => Promise<void>) => (shell: ShellName) =>
    ScriptPlace.use(shell, body);

function refused(place: ScriptPlace, run: Run, code: number, words: RegExp): void {
    assert.equal(run.code, code, run.output);
    assert.match(
        run.output,
        /^(secure-metrics-server: send\n)?secure-metrics-server: error: .*; next: [^\n]+\n$/,
    );
    assert.match(run.output, words);
    assert.deepEqual(place.kept(), [], "nothing is left of it");
    assert.deepEqual(readdirSync(place.run), []);
}

const mode = (path: string): string => (statSync(path).mode & 0o7777).toString(8);

describeInShells("receive.sh", {
    "puts a script there, byte for byte, for root alone": onPlace(async (place) => {
        const run = await place.receive("state", SCRIPT);
        assert.deepEqual([run.output, run.code], [SAYS("send", "stored"), 0]);
        const file = join(place.scripts, SCRIPT.file);
        assert.equal(readFileSync(file, "utf8"), SCRIPT.text);
        const modes = [join(place.scripts, ".."), place.scripts, file].map(mode);
        assert.deepEqual(modes, ["700", "700", "600"]);
        assert.deepEqual(place.kept(), [SCRIPT.file]);
    }),
    "takes none that is there, and touches it, so that it stays among the newest": onPlace(
        async (place) => {
            const file = place.keep(SCRIPT);
            utimesSync(file, 1, 1);
            const run = await place.receive("state", SCRIPT, "other bytes");
            assert.deepEqual([run.output, run.code], [SAYS("have"), 0]);
            assert.ok(statSync(file).mtimeMs > Date.now() - 60_000);
            assert.equal(readFileSync(file, "utf8"), SCRIPT.text);
        },
    ),
    "replaces a file of that name with other bytes": onPlace(async (place) => {
        const file = place.keep({ ...SCRIPT, text: "rm -rf /\n" });
        assert.equal((await place.receive("state", SCRIPT)).output, SAYS("send", "stored"));
        assert.equal(readFileSync(file, "utf8"), SCRIPT.text);
    }),
    "gives each run of a check a file of its own": onPlace(async (place) => {
        const runs = [await place.receive("run", SCRIPT), await place.receive("run", SCRIPT)];
        for (const { output } of runs) assert.equal(output, SAYS("send", "stored"));
        const files = readdirSync(place.run);
        assert.equal(files.length, 2);
        for (const file of files) {
            assert.match(
                file,
                /^secure-metrics-server\.script-kubelet-[0-9a-f]{64}\.0a1b2c3d\.\d+$/,
            );
            assert.equal(readFileSync(join(place.run, file), "utf8"), SCRIPT.text);
        }
        assert.ok(!existsSync(place.scripts));
    }),
    "keeps nothing of an upload that was cut": onPlace(async (place) => {
        const run = await place.receive("state", SCRIPT, SCRIPT.text.slice(0, 1000));
        refused(place, run, 75, /1000 bytes .* came; expected 38\d+ .*; next: try again/);
    }),
    "keeps nothing of other bytes": onPlace(async (place) => {
        const run = await place.receive("state", SCRIPT, "x".repeat(SCRIPT.text.length));
        refused(place, run, 75, new RegExp(`expected \\d+ with ${SCRIPT.file.slice(-64)}`));
    }),
    "takes no more bytes than it was told": onPlace(async (place) => {
        const endless = `${SCRIPT.text}${"x".repeat(3_000_000)}`;
        assert.equal((await place.receive("state", SCRIPT, endless)).code, 0);
        assert.equal(readFileSync(join(place.scripts, SCRIPT.file), "utf8"), SCRIPT.text);
    }),
    "removes what an upload left that was killed, and leaves one alone that is under way": onPlace(
        async (place) => {
            const half = (stdin: NodeJS.WritableStream): unknown => stdin.write("half");
            const [killed, slow] = [1, 2].map(() =>
                place.startReceiver("state", SCRIPT.file, 4000, half),
            );
            const both = await untilThere(place, 2);
            process.kill(killed?.pid ?? 0, "SIGKILL");
            await killed?.done;
            await place.receive("state", SCRIPT);
            assert.deepEqual(
                place.kept(),
                [
                    SCRIPT.file,
                    ...both.filter((name) => name.endsWith(`.${slow?.pid ?? ""}`)),
                ].sort(),
            );
            process.kill(slow?.pid ?? 0, "SIGKILL");
            await slow?.done;
        },
    ),
    "takes two uploads of the same script at once": onPlace(async (place) => {
        const runs = await Promise.all([1, 2, 3].map(() => place.receive("state", SCRIPT)));
        for (const { code, output } of runs) assert.equal(code, 0, output);
        assert.deepEqual(place.kept(), [SCRIPT.file]);
    }),
    "refuses a link instead of the folder": onPlace(async (place) => {
        mkdirSync(join(place.root, "elsewhere"));
        mkdirSync(join(place.scripts, ".."), { mode: 0o700 });
        symlinkSync(join(place.root, "elsewhere"), place.scripts);
        refused(place, await place.receive("state", SCRIPT), 79, /no link/);
        assert.deepEqual(readdirSync(join(place.root, "elsewhere")), []);
    }),
    "refuses a link to nowhere": onPlace(async (place) => {
        symlinkSync(join(place.root, "nowhere"), join(place.scripts, ".."));
        refused(place, await place.receive("state", SCRIPT), 79, /no link/);
    }),
    "refuses a folder that others may write": onPlace(async (place) => {
        mkdirSync(place.scripts, { recursive: true, mode: 0o700 });
        chmodSync(join(place.scripts, ".."), 0o777);
        refused(place, await place.receive("state", SCRIPT), 79, /root's alone/);
    }),
    "says so when it cannot make the folder": onPlace(async (place) => {
        place.write("var/lib/secure-metrics-server", "a file");
        refused(place, await place.receive("state", SCRIPT), 79, /not a directory/);
    }),
});

async function untilThere(place: ScriptPlace, count: number): Promise<string[]> {
    for (let tries = 0; tries < 200; tries++) {
        if (place.kept().length >= count) return place.kept();
        await new Promise((resolve) => setTimeout(resolve, 25));
    }
    throw new Error(`still ${place.kept().join(" ")}`);
}

const IS_ROOT = process.getuid?.() === 0;

describeInShells(
    "receive.sh, on a folder of another user",
    {
        "refuses it": onPlace(async (place) => {
            mkdirSync(place.scripts, { recursive: true, mode: 0o700 });
            chownSync(place.scripts, 1000, 1000);
            refused(place, await place.receive("state", SCRIPT), 79, /root's alone/);
        }),
    },
    IS_ROOT ? [] : ["root, who can give files away"],
);

describeInShells(
    "receive.sh, on a full disk",
    {
        "says where there is no room, and leaves nothing": onPlace(async (place) => {
            const folder = join(place.scripts, "..");
            mkdirSync(folder, { mode: 0o700 });
            const mount = ["-t", "tmpfs", "-o", "size=16k,mode=0700", "tmpfs", folder];
            assert.equal(spawnSync("mount", mount).status, 0);
            try {
                refused(
                    place,
                    await place.receive("state", SCRIPT),
                    73,
                    /expected room for \d+ bytes; next: df /,
                );
            } finally {
                spawnSync("umount", [folder]);
            }
        }),
    },
    IS_ROOT && canMount() ? [] : ["root, who can mount a small file system"],
);

function canMount(): boolean {
    return spawnSync("unshare", ["-m", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]).status === 0;
}
