import assert from "node:assert/strict";
import type { Cluster } from "../cluster/harness";
import { kubelets } from "../support/observe";
import { nodesOf, TestStack, type Run } from "./support/stack";
import { clusterOrSkip } from "./support/tier";

const CONFIG = "/var/lib/kubelet/config.yaml";

describe("drift of nodes in previews, with the real engine", function () {
    let cluster: Cluster;
    let stack: TestStack;

    before(async function () {
        cluster = await clusterOrSkip(this);
        stack = await TestStack.create(cluster, "drift", {
            onRemove: "revert",
            driftDetection: true,
        });
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
    });

    after(async () => {
        if (!(stack as TestStack | undefined)) return;
        await stack.setNodes(nodesOf(cluster));
        await stack.destroy();
        stack.remove();
    });

    function updates(run: Run): string[] {
        return run.changes.map(({ op, name, diffs }) => `${op} ${name} ${diffs.join(",")}`);
    }

    async function loseSetting(node: string): Promise<void> {
        await cluster.exec(node, ["sed", "-i", "/^serverTLSBootstrap:/d", CONFIG]);
        await cluster.exec(node, ["systemctl", "restart", "kubelet"]);
    }

    it("shows nothing while nothing drifted", async () => {
        assert.deepEqual((await stack.preview()).changes, []);
    });

    it("shows exactly the node that drifted, with the cause in words, and nothing once it is repaired", async () => {
        await loseSetting("w2");
        const processes = await kubelets(cluster);
        const preview = await stack.preview({ diff: true });
        assert.deepEqual(updates(preview), ["update metrics-kubelets-node-w2 update"]);
        assert.match(preview.output, /--repair serverTLSBootstrap:absent@[0-9a-f]+/);
        assert.doesNotMatch(preview.output, /PRIVATE KEY/);
        assert.deepEqual(await kubelets(cluster), processes, "a preview restarted something");
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual(updates(run), ["update metrics-kubelets-node-w2 update"]);
        const after = await kubelets(cluster);
        assert.notEqual(after["w2"]?.pid, processes["w2"]?.pid);
        assert.deepEqual([after["w1"], after["cp1"]], [processes["w1"], processes["cp1"]]);
        assert.deepEqual((await stack.preview()).changes, []);
    });

    it("shows the same drift a second time", async () => {
        await loseSetting("w2");
        assert.deepEqual(updates(await stack.preview()), [
            "update metrics-kubelets-node-w2 update",
        ]);
        assert.equal((await stack.up()).error, undefined);
        assert.deepEqual((await stack.preview()).changes, []);
    });

    it("shows kubeadm's ConfigMap out of step, and the approval timer missing", async () => {
        const text = await cluster.kubectl([
            "get",
            "cm",
            "-n",
            "kube-system",
            "kubelet-config",
            "-o",
            "jsonpath={.data.kubelet}",
        ]);
        const kubelet = text.replace(/^serverTLSBootstrap:.*\n?/m, "");
        await cluster.kubectl([
            "patch",
            "cm",
            "-n",
            "kube-system",
            "kubelet-config",
            "--type=merge",
            "-p",
            JSON.stringify({ data: { kubelet } }),
        ]);
        await cluster.exec("cp1", [
            "systemctl",
            "stop",
            "secure-metrics-server-csr-approval.timer",
        ]);
        const preview = await stack.preview({ diff: true });
        assert.deepEqual(updates(preview).sort(), [
            "update metrics-kubelets-csr-approval-cp1 update",
            "update metrics-kubelets-kubelet-config update",
        ]);
        const processes = await kubelets(cluster);
        assert.equal((await stack.up()).error, undefined);
        assert.deepEqual((await stack.preview()).changes, []);
        assert.deepEqual(await kubelets(cluster), processes);
    });

    it("keeps the setting through `kubeadm upgrade node phase kubelet-config`", async () => {
        await cluster.exec("w1", ["kubeadm", "upgrade", "node", "phase", "kubelet-config"]);
        const { stdout } = await cluster.exec("w1", ["cat", CONFIG]);
        assert.match(stdout, /^serverTLSBootstrap: true$/m);
        assert.deepEqual((await stack.preview()).changes, []);
    });

    it("warns about a node that cannot be reached, names it, and shows no diff", async () => {
        await cluster.exec("w1", ["systemctl", "stop", "ssh"]);
        try {
            const preview = await stack.preview();
            assert.deepEqual(preview.changes, []);
            assert.match(preview.output, /warning: node w1: .*its drift is not known/);
        } finally {
            await cluster.exec("w1", ["systemctl", "start", "ssh"]);
        }
    });
});
