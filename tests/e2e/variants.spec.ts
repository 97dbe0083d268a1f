import assert from "node:assert/strict";
import type { Cluster } from "../cluster/harness";
import { kubelets, unverified } from "../support/observe";
import { nodesOf, TestStack, type ConfiguredNode } from "./support/stack";
import { backToStock, clusterOrSkip } from "./support/tier";

describe("other ways to log in and to approve, with the real engine", function () {
    let cluster: Cluster;
    let stack: TestStack;

    before(async function () {
        cluster = await clusterOrSkip(this);
        stack = await TestStack.create(cluster, "variants", {
            onRemove: "revert",
            csrApproval: { mode: "external" },
            metricsServer: { replicas: 1, tlsMinVersion: "VersionTLS12" },
        });
    });

    after(async () => {
        if (!(stack as TestStack | undefined)) return;
        await backToStock(cluster, stack);
    });

    it("goes through a bastion and as root, and waits for somebody else's approval in mode external", async () => {
        const nodes = nodesOf(cluster);
        const [w1, w2] = [nodes["w1"], nodes["w2"]];
        assert.ok(w1 && w2);
        const bastion = { host: w2.host, hostKey: w2.hostKey };
        const changed: Record<string, ConfiguredNode> = {
            w1: { ...w1, ssh: { bastion } },
            w2: { ...w2, ssh: { user: "root" } },
        };
        await stack.setNodes({ ...nodes, ...changed });
        const stop = approveByHand();
        const run = await stack.up();
        stop();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual(await unverified(cluster), []);
        assert.deepEqual(
            run.changes.filter(({ name }) => name.includes("csr-approval")),
            [],
        );
    });

    it("runs every node's script again when a login changes, and restarts nothing", async () => {
        const processes = await kubelets(cluster);
        await stack.setNodes(nodesOf(cluster));
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual(
            run.changes.map(({ op, name, diffs }) => `${op} ${name} ${diffs.join()}`).sort(),
            [
                "update metrics-kubelets-node-w1 connection",
                "update metrics-kubelets-node-w2 connection",
            ],
        );
        assert.deepEqual(await kubelets(cluster), processes);
        assert.deepEqual((await stack.preview()).changes, []);
    });

    /** An administrator who approves what is pending, once a second. */
    function approveByHand(): () => void {
        const timer = setInterval(() => {
            const pending =
                "{{range .items}}{{if not .status.conditions}}{{.metadata.name}} {{end}}{{end}}";
            const get = ["get", "csr", "-o", `go-template=${pending}`];
            cluster
                .kubectl(get)
                .then(async (names) => {
                    const all = names.split(" ").filter((name) => name !== "");
                    if (all.length > 0) {
                        await cluster.kubectl(["certificate", "approve", ...all]);
                    }
                })
                .catch(() => undefined);
        }, 1000);
        return () => {
            clearInterval(timer);
        };
    }
});
