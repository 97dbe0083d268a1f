import assert from "node:assert/strict";
import type { Cluster } from "../cluster/harness";
import { kubelets, servingRequests } from "../support/observe";
import { configOf } from "./support/faults";
import { leftovers } from "./support/leftovers";
import { OtherCluster, type Look } from "./support/otherCluster";
import { TestStack, type Run } from "./support/stack";
import { clusterOrSkip } from "./support/tier";

describe("a Kubernetes provider of one cluster and nodes of another, with the real engine", function () {
    let cluster: Cluster;
    let other: OtherCluster;
    let there: Look;
    let stack: TestStack;
    let run: Run;

    /** All that the package would change here. */
    async function here(): Promise<unknown> {
        return {
            kubelets: await kubelets(cluster),
            requests: await servingRequests(cluster),
            files: await Promise.all(cluster.nodes.map(({ name }) => configOf(cluster, name))),
            leftovers: await leftovers(cluster),
        };
    }

    before(async function () {
        cluster = await clusterOrSkip(this);
        other = OtherCluster.free();
        there = await other.look();
        stack = await TestStack.create(cluster, "wrong-cluster");
        await stack.set("kubeconfig", there.kubeconfig);
    });

    after(async () => {
        if ((stack as TestStack | undefined) !== undefined) {
            await stack.destroy();
            stack.remove();
        }
        await (other as OtherCluster | undefined)?.down();
    });

    it("fails in the preflight, which is all that was tried, and names both clusters", async () => {
        const before = await here();
        run = await stack.up();
        assert.match(run.error ?? "", /metrics-preflight/);
        const tried = run.changes.filter(
            ({ type }) => !/^(pulumi|secure-metrics-server|tls):/.test(type),
        );
        assert.deepEqual(
            tried.filter(({ name }) => name !== "metrics-preflight").map(({ name }) => name),
            [],
        );
        const uid = ["get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"];
        const own = (await cluster.kubectl(uid)).trim();
        assert.notEqual(own, there.uid);
        const said = run.output + (run.error ?? "");
        const sentence =
            `the Kubernetes provider and nodes are two clusters: kube-system has the uid ${there.uid} for the provider, ` +
            `and ${own} for /etc/kubernetes/admin.conf (API server https://`;
        assert.ok(said.includes(sentence), said);
        assert.match(
            said,
            /expected one cluster; nothing was changed; next: kubectl get namespace/,
        );
        assert.deepEqual(await here(), before);
    });

    it("leaves both clusters as they were", async () => {
        assert.deepEqual(await leftovers(cluster), []);
        assert.deepEqual(await other.look(), there);
        assert.deepEqual(there.leftovers, []);
    });

    it("goes without a trace of it on either", async () => {
        const destroyed = await stack.destroy();
        assert.equal(destroyed.error, undefined, destroyed.error);
        assert.deepEqual(await leftovers(cluster), []);
        assert.deepEqual(await other.look(), there);
    });
});
