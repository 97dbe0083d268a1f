import assert from "node:assert/strict";
import { chmodSync, readdirSync, rmSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { composedScript } from "../../components/ssh/scriptTable";
import { approverFiles } from "../support/approverFiles";
import { dialects } from "../cluster/csr/approverFixture";
import { CLUSTER_KUBECTL } from "./support/fakeCluster";
import {
    FILES,
    HEADER,
    InstallerFixture,
    LASTING,
    OBJECTS,
    UNIT,
} from "./support/installerFixture";

interface Status {
    digest: string;
}

for (const dialect of dialects()) {
    describe(`installer.sh (${dialect.name})`, () => {
        let node: InstallerFixture;
        beforeEach(() => {
            node = new InstallerFixture(dialect);
        });
        afterEach(() => {
            node.remove();
        });

        it("installs the approver, its inventory and its timer", () => {
            const { status, lines, result, calls } = node.run("install");
            assert.equal(status, 0, lines.join("\n"));
            assert.deepEqual(result, { changed: true, interval: 60, nodes: 2 });
            for (const [name, content] of Object.entries(approverFiles())) {
                const file = join(dirname(FILES.script), name);
                assert.equal(node.read(file), content);
                assert.equal(node.mode(file), name === "approver.sh" ? "755" : "644");
            }
            assert.equal(node.mode(dirname(FILES.script)), "700");
            assert.equal(
                node.read(FILES.inventory),
                "cp1 10.0.0.1\nw1 10.0.0.2\ncontrol-planes: cp1\n",
            );
            assert.match(node.read(FILES.timer), /^OnUnitInactiveSec=60$/m);
            assert.ok(Number(node.read(FILES.marker)) > Date.now() / 1000 + 200);
            assert.deepEqual(
                calls.filter((call) => !call.startsWith("is-")),
                [
                    "daemon-reload",
                    `enable --quiet ${UNIT}.timer`,
                    `start ${UNIT}.timer`,
                    `restart --no-block ${UNIT}.service`,
                ],
            );
        });

        it("rewrites nothing the second time", () => {
            node.run("install");
            const before = LASTING.map((file) => statSync(join(node.root, file)).ino);
            const { result, calls } = node.run("install");
            assert.deepEqual(result, { changed: false, interval: 60, nodes: 2 });
            const after = LASTING.map((file) => statSync(join(node.root, file)).ino);
            assert.deepEqual(after, before);
            assert.deepEqual(
                calls.filter((call) => !call.startsWith("is-")),
                [`start --no-block ${UNIT}.service`],
            );
        });

        it("restarts only the timer for another interval, and nothing for another inventory", () => {
            node.run("install");
            const timer = node.run("install", { INTERVAL: "30" });
            assert.deepEqual(timer.result, { changed: true, interval: 30, nodes: 2 });
            assert.ok(timer.calls.includes(`restart ${UNIT}.timer`));
            assert.ok(timer.calls.includes(`start --no-block ${UNIT}.service`));
            const inventory = node.run("install", { INTERVAL: "30", INVENTORY: "w1 10.0.0.2" });
            assert.deepEqual(inventory.result, { changed: true, interval: 30, nodes: 1 });
            assert.ok(!inventory.calls.includes("daemon-reload"));
        });

        it("brings back what somebody changed or loosened", () => {
            node.run("install");
            chmodSync(join(node.root, FILES.inventory), 0o666);
            node.write(FILES.script, "#!/bin/sh\n");
            rmSync(join(node.root, "enabled"));
            const { result, calls } = node.run("install");
            assert.deepEqual(result, { changed: true, interval: 60, nodes: 2 });
            assert.equal(node.mode(FILES.inventory), "644");
            assert.equal(node.read(FILES.script), approverFiles()["approver.sh"]);
            assert.ok(calls.includes(`restart --no-block ${UNIT}.service`));
        });

        it("removes all that it wrote, twice", () => {
            node.run("install");
            assert.deepEqual(node.run("uninstall").result, { changed: true, remaining: 0 });
            for (const path of [
                "var/lib/secure-metrics-server",
                "etc/secure-metrics-server",
                "run/secure-metrics-server",
            ]) {
                assert.ok(!node.has(path), path);
            }
            assert.deepEqual(readdirSync(join(node.root, "etc/systemd/system")), []);
            assert.deepEqual(node.objects, []);
            const again = node.run("uninstall");
            assert.deepEqual(again.result, { changed: false, remaining: 0 });
            assert.deepEqual(again.calls, []);
        });

        it("names the inventory of another stack, which a renamed stack leaves behind", () => {
            const alone = node.run("install");
            assert.doesNotMatch(alone.lines.join("\n"), /warning/);
            const { lines } = node.run("install", { INSTANCE: "other" });
            const named = lines.filter((line) => line.includes("warning"));
            assert.equal(named.length, 1);
            assert.ok(named[0]?.endsWith(`rm /${FILES.inventory}`), named[0]);
        });

        it("stays for another stack", () => {
            node.run("install");
            node.run("install", { INSTANCE: "other" });
            assert.deepEqual(node.run("uninstall").result, { changed: true, remaining: 1 });
            assert.ok(
                node.has(FILES.script) && node.has(FILES.timer) && !node.has(FILES.inventory),
            );
            assert.deepEqual(node.objects, OBJECTS);
            assert.deepEqual(node.run("uninstall", { INSTANCE: "other" }).result, {
                changed: true,
                remaining: 0,
            });
            assert.ok(!node.has(FILES.script));
        });

        it("reports without changing anything", () => {
            const absent = {
                installed: false,
                current: false,
                active: false,
                interval: null,
                nodes: 0,
            };
            const status = (header = {}): object => {
                const { digest, ...rest } = node.run("status", header).result as Status;
                assert.match(digest, /^[0-9a-f]{8}$/);
                return rest;
            };
            assert.deepEqual(status(), {
                ...absent,
                lastResult: "success",
                inSync: false,
                causes: ["approver-missing", "approval-timer-inactive"],
            });
            assert.ok(!node.has("etc/secure-metrics-server"));
            node.run("install");
            const fine = {
                installed: true,
                current: true,
                active: true,
                interval: 60,
                nodes: 2,
                lastResult: "success",
                inSync: true,
                causes: [],
            };
            assert.deepEqual(status(), fine);
            assert.deepEqual(status({ INVENTORY: "w1" }), {
                ...fine,
                current: false,
            });
            node.write(FILES.timer, node.read(FILES.timer).replaceAll("60", "3600"));
            assert.deepEqual(status(), {
                ...fine,
                current: false,
                interval: 3600,
                inSync: false,
                causes: ["approver-changed"],
            });
        });

        const refused: [string, Partial<typeof HEADER>, RegExp][] = [
            ["an instance with a slash", { INSTANCE: "../x" }, /INSTANCE is '\.\.\/x'/],
            ["an empty inventory", { INVENTORY: "" }, /INVENTORY is empty/],
            [
                "a malformed inventory",
                { INVENTORY: "w1 10.0.0.1\nw2\t10.0.0.2" },
                /line 2 of INVENTORY is odd/,
            ],
            [
                "a control plane with a colon",
                { CONTROL_PLANES: "cp1:" },
                /CONTROL_PLANES is 'cp1:'/,
            ],
            ["an interval in words", { INTERVAL: "1m" }, /INTERVAL or EXPECT is '1m'/],
        ];
        for (const [what, header, message] of refused) {
            it(`refuses ${what} before it writes`, () => {
                const { status, lines } = node.run("install", header);
                assert.equal(status, 64);
                assert.match(lines.join("\n"), message);
                assert.ok(!node.has("etc/secure-metrics-server"));
            });
        }

        it("keeps the scripts of other stacks, which may be of other releases, until the last one leaves", () => {
            const folder = "var/lib/secure-metrics-server/scripts";
            const { file } = composedScript("csr-approval");
            const others = [1, 2, 3, 4].map((digit) => `csr-approval-${String(digit).repeat(64)}`);
            for (const name of [file, ...others]) node.write(join(folder, name), "# a script\n");
            const kept = () => readdirSync(join(node.root, folder)).sort();
            const mine = { SCRIPT: file };
            node.write("etc/secure-metrics-server/csr-inventory.d/other", "w9 10.0.0.9\n");
            assert.equal(node.run("install", mine).status, 0);
            assert.deepEqual(kept(), [...others, file].sort());
            assert.equal(node.run("uninstall", mine).status, 0);
            assert.deepEqual(kept(), [...others, file].sort());
            rmSync(join(node.root, "etc/secure-metrics-server/csr-inventory.d/other"));
            assert.equal(node.run("install", mine).status, 0);
            assert.equal(kept().length, 3);
            assert.equal(node.run("uninstall", mine).status, 0);
            assert.ok(!node.has("var/lib/secure-metrics-server"));
        });

        it("refuses a node that is no control plane", () => {
            rmSync(join(node.root, "etc/kubernetes/admin.conf"));
            const { status, lines } = node.run("install");
            assert.equal(status, 71);
            assert.match(
                lines.join("\n"),
                /^cp1: error: no \/etc\/kubernetes\/admin\.conf; expected kubeadm's: .*; next: correct the role of this node .*: install -m 0600 ADMIN_KUBECONFIG \/etc\/kubernetes\/admin\.conf$/,
            );
        });

        it("shows at once that the API server does not answer", () => {
            node.write("broken", "");
            const { status, lines } = node.run("install");
            assert.equal(status, 71);
            assert.match(lines.join("\n"), /the API server does not answer: no route; expected/);
            assert.ok(!node.has(FILES.service));
        });

        it("shows at once that the approver cannot read the cluster", () => {
            node.tool(
                "kubectl",
                CLUSTER_KUBECTL.replace(
                    "\nfield()",
                    `\n[ $who = admin ] || { echo "no route" >&2; exit 1; }\nfield()`,
                ),
            );
            const { status, lines } = node.run("install");
            assert.equal(status, 71);
            assert.match(
                lines.join("\n"),
                /the approver's error: cannot read from the API server: no route/,
            );
            assert.ok(!node.has(FILES.service) && !node.has(FILES.credential));
        });
    });
}
