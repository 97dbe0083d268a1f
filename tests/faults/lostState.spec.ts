import assert from "node:assert/strict";
import type { Cluster } from "../cluster/harness";
import { configOf, shell, untilHealthy, writeConfig } from "../e2e/support/faults";
import { leftovers } from "../e2e/support/leftovers";
import { TestStack } from "../e2e/support/stack";
import { backToStock, clusterOrSkip } from "../e2e/support/tier";
import { kubelets } from "../support/observe";

const OWN = "/var/lib/secure-metrics-server";

describe("a node that lost what the package keeps there between up and destroy, with the real engine", function () {
    let cluster: Cluster;
    let stack: TestStack;
    const stock: Record<string, string> = {};

    before(async function () {
        cluster = await clusterOrSkip(this);
        for (const { name } of cluster.nodes) stock[name] = await configOf(cluster, name);
        stack = await TestStack.create(cluster, "lost", { onRemove: "revert" });
    });

    after(async () => {
        if (!(stack as TestStack | undefined)) return;
        await backToStock(cluster, stack);
    });

    /** The kubelet as kubeadm made it. */
    async function makeAnew(node: string): Promise<void> {
        await shell(cluster, node, "rm -f /var/lib/kubelet/pki/kubelet-server-*");
        await writeConfig(cluster, node, stock[node] ?? "");
        await untilHealthy(cluster, [node], 90);
    }

    it("a worker that was made anew has nothing to take back, and nobody touches it", async () => {
        const up = await stack.up();
        assert.equal(up.error, undefined, up.error);
        await shell(cluster, "w1", `rm -rf ${OWN} /run/secure-metrics-server*`);
        await makeAnew("w1");
        const processes = await kubelets(cluster);
        const run = await stack.destroy();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual((await kubelets(cluster))["w1"], processes["w1"]);
        assert.deepEqual(await leftovers(cluster), []);
        for (const { name } of cluster.nodes) {
            assert.equal(await configOf(cluster, name), stock[name], name);
        }
    });

    it("a control plane with the approver's inventory and without its script stops destroy, and the way that it names works", async () => {
        const up = await stack.up();
        assert.equal(up.error, undefined, up.error);
        await shell(cluster, "cp1", `rm -rf ${OWN}`);
        const stopped = await stack.destroy();
        assert.match(
            stopped.error ?? "",
            /cp1: error: \/var\/lib\/secure-metrics-server\/scripts\/csr-approval-[0-9a-f]{64} is not what was sent; next: README, exit 78/,
        );
        await shell(cluster, "cp1", `mkdir -p ${OWN}/scripts`);
        await stack.setObject("settings", { onRemove: "revert", driftDetection: true });
        const repaired = await stack.up();
        assert.equal(repaired.error, undefined, repaired.error);
        const run = await stack.destroy();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual(await leftovers(cluster), []);
    });
});
