import assert from "node:assert/strict";
import type { Cluster } from "../cluster/harness";
import { BUDGETS, found, notYet, until } from "../cluster/harness/budgets";
import { goVersion } from "../cluster/harness/host/goVersion";
import { skipIfLacking } from "../support/skip";
import { importConsumer } from "./suite/consumerImage";
import { removeImage } from "./suite/nodeImages";
import { UpstreamSuite, type SpecResult } from "./suite/upstreamSuite";
import { nodesOf, TestStack } from "./support/stack";
import { clusterOrSkip } from "./support/tier";

/** The label by which the suite tells nodes that metrics-server leaves out. */
const SKIP = "metrics-server-skip";

/**
 * The suite has one spec more where this Pod says that the API server has the feature gate; it looks nowhere else. The feature
 * is on in every Kubernetes that this package takes. The Pod never runs.
 */
const SIDECAR_GATE = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "kube-apiserver-e2e-control-plane", namespace: "kube-system" },
    spec: {
        schedulingGates: [{ name: "example.com/never" }],
        containers: [
            { name: "gate", image: "none", command: ["--feature-gates=SidecarContainers=true"] },
        ],
    },
};

describe("metrics-server's own end-to-end suite, unchanged, with the real engine", function () {
    let cluster: Cluster;
    let stack: TestStack;
    let suite: UpstreamSuite;

    before(async function () {
        skipIfLacking(this, goVersion() === undefined ? ["`go` is not on PATH"] : []);
        cluster = await clusterOrSkip(this);
        suite = await UpstreamSuite.build();
        await importConsumer(cluster, suite.image);
        await cluster.kubectl(["apply", "-f", "-"], { input: JSON.stringify(SIDECAR_GATE) });
        stack = await TestStack.create(cluster, "suite", {
            onRemove: "revert",
            metricsServer: { replicas: 1 },
        });
    });

    after(async () => {
        if ((suite as UpstreamSuite | undefined) === undefined) return;
        const { name, namespace } = SIDECAR_GATE.metadata;
        await cluster.kubectl(["delete", "pod", name, "-n", namespace, "--ignore-not-found"]);
        await cluster.kubectl(["label", "node", "w2", `${SKIP}-`]);
        await removeImage(cluster, suite.image);
        suite.remove();
        if ((stack as TestStack | undefined) === undefined) return;
        await stack.clean();
    });

    /** Runs specs, prints what became of each, and expects that all passed. */
    async function passes(focus?: string): Promise<SpecResult[]> {
        const results = await suite.run(cluster.kubeconfig, focus);
        const ran = results.filter(({ state }) => state !== "skipped");
        console.log(ran.map(({ state, name }) => `      ${state}: ${name}`).join("\n"));
        assert.deepEqual(
            ran.filter(({ state }) => state !== "passed"),
            [],
        );
        return ran;
    }

    it("passes against this package's installation", async () => {
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        const results = await passes();
        assert.equal(results.length, 11, "specs of metrics-server v0.9");
    });

    it("passes where a node is left out with --node-selector", async () => {
        await cluster.kubectl(["label", "node", "w2", `${SKIP}=true`]);
        const { w2, ...others } = nodesOf(cluster);
        assert.ok(w2);
        await stack.setNodes(others);
        await stack.setObject("settings", {
            onRemove: "revert",
            metricsServer: { replicas: 1, extraArgs: [`--node-selector=${SKIP}!=true`] },
        });
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        await until("the former metrics-server to end", BUDGETS.workload, async () => {
            const words = ["get", "pods", "-n", "kube-system", "-l", "k8s-app=metrics-server"];
            const pods = await cluster.kubectl([...words, "-o", "name"]);
            return pods.trim().split("\n").length === 1 ? found(undefined) : notYet(pods);
        });
        const results = await passes("skip scrape metrics");
        assert.equal(results.length, 1);
    });
});
