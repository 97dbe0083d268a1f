import assert from "node:assert/strict";
import { readdirSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { failed, onNode, succeeded } from "./support/expectations";
import { issued, type FakeNode } from "./support/node";
import { describeInShells, describeInTurn } from "./support/parallel";

const STATE = "var/lib/secure-metrics-server/kubelet";
const ON = /^serverTLSBootstrap: true$/m;

/** Nothing of ours is left in the kubelet's folders and nothing says that a change is under way. */
function assertClean(node: FakeNode): void {
    assert.equal(node.exists(`${STATE}/pending`), false);
    assert.equal(node.exists(`${STATE}/seeded`), false);
    const ours = readdirSync(join(node.root, "var/lib/kubelet")).filter((name) =>
        name.startsWith("."),
    );
    assert.deepEqual(ours, []);
    assert.equal(node.exists("var/lib/kubelet/pki/kubelet-server.crt"), false);
    assert.equal(node.exists("var/lib/kubelet/pki/kubelet-server.key"), false);
}

describeInShells("kubelet.sh and a kubelet that does not come back", {
    "puts the old file back byte for byte after a second automatic restart": onNode(
        async (node) => {
            node.header = { STABLE_SECONDS: "1", HEALTH_TIMEOUT: "10" };
            node.configuration = `# mine\n${node.configuration.trimEnd()}`;
            const before = node.configuration;
            const { mtimeMs, mode } = statSync(join(node.root, "var/lib/kubelet/config.yaml"));
            node.kubelet.breaksOn = (text) => ON.test(text);
            const run = await node.run("ensure");
            failed(
                run,
                69,
                /unhealthy after the change: it was restarted twice by systemd.*rolled back, the kubelet is healthy again/,
            );
            assert.match(run.output, /a line of the journal/);
            assert.equal(node.configuration, before);
            const after = statSync(join(node.root, "var/lib/kubelet/config.yaml"));
            assert.deepEqual([after.mtimeMs, after.mode], [mtimeMs, mode]);
            assert.equal(node.kubelet.restarts, 2);
            assert.equal(node.kubelet.served.at(-1), "self-signed");
            assert.equal(node.exists(`${STATE}/previous`), false);
            assertClean(node);
        },
    ),
    "rolls back when systemctl restart fails once": onNode(async (node) => {
        const before = node.configuration;
        node.kubelet.onRestart = (count) => Promise.resolve(count > 1);
        failed(await node.run("ensure"), 69, /systemctl restart kubelet failed/);
        assert.equal(node.configuration, before);
        assert.equal(node.kubelet.served.at(-1), "self-signed");
        assertClean(node);
    }),
    "says so when even the roll-back does not cure it": onNode(async (node) => {
        const before = node.configuration;
        node.kubelet.onRestart = () => Promise.resolve(false);
        failed(await node.run("ensure"), 70, /rolled back, but the kubelet is still unhealthy/);
        assert.equal(node.configuration, before);
        assertClean(node);
    }),
    "finishes the roll-back when TERM comes in the middle": onNode(async (node) => {
        const before = node.configuration;
        const running = node.start("ensure");
        node.kubelet.onRestart = (count) => {
            if (count === 1) process.kill(running.group, "SIGTERM");
            return Promise.resolve(true);
        };
        const run = await running.done;
        failed(run, 75, /interrupted by a signal/);
        assert.match(run.output, /rolled back/);
        assert.equal(node.configuration, before);
        assert.deepEqual(node.kubelet.served.at(-1), "self-signed");
        assertClean(node);
    }),
    "ends as well when the unit's time is up and everything gets TERM": onNode(async (node) => {
        const before = node.configuration;
        node.header = { STABLE_SECONDS: "2", HEALTH_TIMEOUT: "9" };
        const running = node.start("ensure");
        node.kubelet.onHealthz = () => {
            if (node.kubelet.restarts !== 1) return;
            node.kubelet.onHealthz = () => undefined;
            process.kill(-running.group, "SIGTERM");
        };
        const run = await running.done;
        assert.equal(run.code, 75, run.output);
        assert.equal(node.configuration, before);
        assert.equal(node.kubelet.restarts, 2);
        assertClean(node);
    }),
    "lets a second run wait for the first, then give up": onNode(async (node) => {
        node.header = { LOCK_TIMEOUT: "1" };
        let second: Promise<unknown> = Promise.resolve();
        node.kubelet.onRestart = async () => {
            const run = await node.run("ensure");
            second = Promise.resolve().then(() => {
                failed(run, 75, /another run holds \/run\/secure-metrics-server\.lock/);
            });
            return true;
        };
        succeeded(await node.run("ensure"));
        await second;
        assert.equal(node.kubelet.restarts, 1);
    }),
});

describeInTurn("kubelet.sh and a kubelet that does not come back, details", {
    "rolls back when healthz never answers": onNode(async (node) => {
        const before = node.configuration;
        node.header = { HEALTH_TIMEOUT: "1" };
        node.kubelet.onRestart = (count) => {
            node.kubelet.healthy = count > 1;
            return Promise.resolve(true);
        };
        failed(
            await node.run("ensure"),
            69,
            /healthz on 127\.0\.0\.1:\d+ does not answer ok after 1 s/,
        );
        assert.equal(node.configuration, before);
        assertClean(node);
    }),
    "believes no certificate that was there before the restart: then only quiet seconds count":
        onNode(async (node) => {
            const before = issued();
            node.header = { STABLE_SECONDS: "30", PROVEN_SECONDS: "0", HEALTH_TIMEOUT: "2" };
            const current = "var/lib/kubelet/pki/kubelet-server-current.pem";
            node.write(current, before.certificate + before.key);
            const configuration = node.configuration;
            const run = await node.run("ensure");
            failed(run, 70, /unhealthy after the change: its process changes after 2 s/);
            assert.equal(node.configuration, configuration);
            assert.deepEqual(node.kubelet.served.slice(0, 3), ["self-signed", "down", "issued"]);
        }),
    "believes no certificate of a kubelet whose process changes": onNode(async (node) => {
        const before = node.configuration;
        node.header = { STABLE_SECONDS: "30", PROVEN_SECONDS: "2", HEALTH_TIMEOUT: "10" };
        node.kubelet.onHealthz = () => {
            // Again and again, as soon as it has answered.
            if (node.configuration !== before) node.kubelet.crash();
        };
        const run = await node.run("ensure");
        assert.match(run.output, /the kubelet is unhealthy: it was restarted twice by systemd/);
        assert.equal(node.configuration, before);
    }),
    "brings an expired certificate back with the rest": onNode(async (node) => {
        const expired = issued({ from: -9, until: -1 });
        node.write("var/lib/kubelet/pki/kubelet-server-old.pem", expired.certificate + expired.key);
        symlinkSync(
            "kubelet-server-old.pem",
            join(node.root, "var/lib/kubelet/pki/kubelet-server-current.pem"),
        );
        node.kubelet.breaksOn = (text) => ON.test(text);
        assert.equal((await node.run("ensure")).code, 69);
        assert.deepEqual(node.serverFiles, [
            "kubelet-server-current.pem",
            "kubelet-server-old.pem",
        ]);
        assertClean(node);
    }),
    "goes on when nobody reads what it says": onNode(async (node) => {
        const running = node.start("ensure");
        running.hangUp();
        const run = await running.done;
        assert.equal(run.code, 0);
        assert.match(node.configuration, ON);
        assertClean(node);
    }),
});

/** Kills everything the script started when it flushes for the count-th time: each is a point where state matters. */
async function killedAt(node: FakeNode, verb: string, count: number): Promise<boolean> {
    node.tool(
        "sync",
        `cd '${node.root}/tmp' && echo x >>flushes
        [ "$(wc -l <flushes)" != ${count} ] || kill -9 -"$(cat group)"`,
    );
    node.write("tmp/flushes", "");
    const running = node.start(verb);
    node.write("tmp/group", `${running.group}\n`);
    const run = await running.done;
    node.tool("sync", ":");
    return run.signal === "SIGKILL";
}

describeInTurn("kubelet.sh killed with -9", {
    ...Object.fromEntries(
        Array.from({ length: 8 }, (_, i) => [
            `at flush ${i + 1} converges in the next ensure`,
            onNode(async (node) => {
                const before = node.configuration;
                assert.equal(
                    await killedAt(node, "ensure", i + 1),
                    true,
                    "there are fewer flushes",
                );
                succeeded(await node.run("ensure"));
                assert.equal(node.configuration, `${before}serverTLSBootstrap: true\n`);
                assert.equal(node.kubelet.served.at(-1), "issued");
                assert.ok(node.kubelet.restarts <= 2);
                assert.ok(!node.kubelet.served.includes("alert"));
                assertClean(node);
                succeeded(await node.run("revert"));
                assert.equal(node.configuration, before);
            }),
        ]),
    ),
    "between the new file and the restart restarts in the next run": onNode(async (node) => {
        const running = node.start("ensure");
        node.kubelet.onRestart = async () => {
            process.kill(-running.group, "SIGKILL");
            await running.done;
            node.kubelet.onRestart = () => Promise.resolve(true);
            return true;
        };
        await running.done;
        assert.match(node.configuration, ON);
        assert.equal(node.exists(`${STATE}/pending`), true);
        const result = succeeded(await node.run("ensure"));
        assert.equal(result["changed"], false);
        assertClean(node);
    }),
    "with a kubelet that crashes on the new file, rolls back in the next run": onNode(
        async (node) => {
            const before = node.configuration;
            node.kubelet.breaksOn = (text) => ON.test(text);
            const running = node.start("ensure");
            node.kubelet.onRestart = () => {
                process.kill(-running.group, "SIGKILL");
                node.kubelet.onRestart = () => Promise.resolve(true);
                return Promise.resolve(true);
            };
            await running.done;
            failed(await node.run("ensure"), 69, /rolled back, the kubelet is healthy again/);
            assert.equal(node.configuration, before);
            assert.equal(node.kubelet.served.at(-1), "self-signed");
            assertClean(node);
        },
    ),
    "in the middle of a roll-back ends well once the cause is gone": onNode(async (node) => {
        node.kubelet.breaksOn = (text) => ON.test(text);
        const running = node.start("ensure");
        node.kubelet.onRestart = (count) => {
            if (count === 2) process.kill(-running.group, "SIGKILL");
            return Promise.resolve(true);
        };
        await running.done;
        node.kubelet.breaksOn = () => false;
        succeeded(await node.run("ensure"));
        assert.match(node.configuration, ON);
        assertClean(node);
    }),
    "in the middle of a revert converges either way": onNode(async (node) => {
        const before = node.configuration;
        succeeded(await node.run("ensure"));
        for (const [verb, on] of [
            ["revert", false],
            ["ensure", true],
        ] as const) {
            const running = node.start("revert");
            node.kubelet.onRestart = async () => {
                process.kill(-running.group, "SIGKILL");
                await running.done;
                node.kubelet.onRestart = () => Promise.resolve(true);
                return true;
            };
            await running.done;
            succeeded(await node.run(verb));
            assert.equal(ON.test(node.configuration), on);
            assert.equal(node.kubelet.served.at(-1), on ? "issued" : "self-signed");
            assertClean(node);
            if (verb === "revert") {
                assert.equal(node.configuration, before);
                succeeded(await node.run("ensure"));
            }
        }
    }),
});

describeInShells("a script that was cut on its way", {
    "does nothing at all": onNode(async (node) => {
        const text = node.text;
        const before = node.snapshot();
        const ends = [
            20,
            0.3 * text.length,
            0.6 * text.length,
            text.length - 200,
            text.length - 11,
            text.length - 4,
        ];
        for (const end of ends) {
            const run = await node.send(text.slice(0, Math.floor(end)), "ensure").done;
            assert.ok(run.code !== 0 || run.output === "", run.output);
        }
        assert.deepEqual(node.snapshot(), before);
        assert.equal(node.kubelet.restarts, 0);
    }),
});
