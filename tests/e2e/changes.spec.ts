import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../cluster/harness";
import { kubelets, servingRequests } from "../support/observe";
import { configOf } from "./support/faults";
import { filesLeft } from "./support/leftovers";
import { nodesOf, TestStack, type Run } from "./support/stack";
import { backToStock, clusterOrSkip } from "./support/tier";

describe("small changes on a running stack, with the real engine", function () {
    let cluster: Cluster;
    let stack: TestStack;
    let stock: string;
    const settings = { onRemove: "revert" };

    before(async function () {
        cluster = await clusterOrSkip(this);
        stock = await configOf(cluster, "w2");
        stack = await TestStack.create(cluster, "changes", settings);
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
    });

    after(async () => {
        if (!(stack as TestStack | undefined)) return;
        await backToStock(cluster, stack);
    });

    /** What changed, after a preview that showed the same; then nothing is left to do. */
    async function applied(): Promise<string[]> {
        const preview = await stack.preview();
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual(changesOf(run), changesOf(preview), "the preview showed something else");
        assert.deepEqual((await stack.preview()).changes, []);
        return changesOf(run);
    }

    function changesOf(run: Run): string[] {
        return run.changes
            .map(
                ({ op, name, diffs }) =>
                    `${op} ${name}${diffs.length > 0 ? ` ${diffs.join()}` : ""}`,
            )
            .sort();
    }

    it("changes the Deployment alone, and checks the result, when one of its settings changes", async () => {
        const processes = await kubelets(cluster);
        const requests = await servingRequests(cluster);
        await stack.setObject("settings", {
            ...settings,
            metricsServer: { metricResolutionSeconds: 20 },
        });
        assert.deepEqual(await applied(), [
            "update metrics-metrics",
            "update metrics-metrics-server-deployment",
        ]);
        assert.deepEqual(await kubelets(cluster), processes);
        assert.deepEqual(await servingRequests(cluster), requests);
    });

    it("runs every node's script again, and restarts nothing, when the wait for approval changes", async () => {
        const processes = await kubelets(cluster);
        const requests = await servingRequests(cluster);
        await stack.setObject("settings", { ...settings, csrApproval: { timeoutSeconds: 240 } });
        assert.deepEqual(await applied(), [
            "update metrics-kubelets-node-cp1 stdin",
            "update metrics-kubelets-node-w1 stdin",
            "update metrics-kubelets-node-w2 stdin",
            "update metrics-metrics-server-deployment",
        ]);
        assert.deepEqual(await kubelets(cluster), processes);
        assert.deepEqual(await servingRequests(cluster), requests);
    });

    it("takes a new SSH key, restarts nothing, and shows neither key", async () => {
        const folder = mkdtempSync(join(tmpdir(), "key-"));
        const file = join(folder, "key");
        execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "rotated", "-f", file]);
        const authorized = "/home/ubuntu/.ssh/authorized_keys";
        for (const { name } of cluster.nodes) {
            await cluster.exec(name, ["sh", "-ec", `cat >>${authorized}`], {
                input: readFileSync(`${file}.pub`, "utf8"),
            });
        }
        try {
            const processes = await kubelets(cluster);
            const secret = readFileSync(file, "utf8");
            await stack.set("sshPrivateKey", secret, true);
            const preview = await stack.preview({ diff: true });
            for (const key of [secret, readFileSync(cluster.sshKeyPath, "utf8")]) {
                assert.ok(!preview.output.includes(key.split("\n")[2] ?? "-"));
            }
            assert.deepEqual(await applied(), [
                "update metrics-kubelets-csr-approval-cp1 connection",
                "update metrics-kubelets-kubelet-config connection",
                "update metrics-kubelets-node-cp1 connection",
                "update metrics-kubelets-node-w1 connection",
                "update metrics-kubelets-node-w2 connection",
                "update metrics-kubelets-verification connection",
                "update metrics-metrics connection",
                "update metrics-preflight connection",
            ]);
            assert.deepEqual(await kubelets(cluster), processes);
            await stack.set("sshPrivateKey", readFileSync(cluster.sshKeyPath, "utf8"), true);
            assert.equal((await applied()).length, 8);
        } finally {
            for (const { name } of cluster.nodes) {
                await cluster.exec(name, ["sed", "-i", "/ rotated$/d", authorized]);
            }
            rmSync(folder, { recursive: true });
        }
    });

    it("puts a node that leaves `nodes` back with `revert`, and touches no other", async () => {
        const processes = await kubelets(cluster);
        const nodes = nodesOf(cluster);
        delete nodes["w2"];
        await stack.setNodes(nodes);
        assert.deepEqual(await applied(), [
            "delete metrics-kubelets-node-w2",
            "update metrics-kubelets-csr-approval-cp1 stdin",
            "update metrics-kubelets-verification stdin",
            "update metrics-metrics stdin",
            "update metrics-preflight stdin",
        ]);
        assert.equal(await configOf(cluster, "w2"), stock);
        assert.deepEqual(await filesLeft(cluster, "w2"), []);
        const after = await kubelets(cluster);
        assert.equal(after["w2"]?.starts, 1 + (processes["w2"]?.starts ?? 0));
        assert.deepEqual([after["w1"], after["cp1"]], [processes["w1"], processes["cp1"]]);
    });
});
