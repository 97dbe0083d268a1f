import assert from "node:assert/strict";
import { createServer, type Server } from "node:net";
import type { Cluster } from "../cluster/harness";
import { BUDGETS, found, notYet, until } from "../cluster/harness/budgets";
import { kubelets, unverified } from "../support/observe";
import {
    breakKubelet,
    configOf,
    cutConnections,
    healthy,
    mendKubelet,
    untilHealthy,
    whenRestarted,
} from "./support/faults";
import { engineKilled, TAKE_OVER } from "./support/disasters";
import { duringRun, type Moment } from "./support/moments";
import { nodesOf, TestStack, type ConfiguredNode } from "./support/stack";
import { clusterOrSkip } from "./support/tier";

/** The cluster has the Deployment, and the engine waits for its pods. */
const DEPLOYMENT_MADE: Moment = {
    step: "metrics-metrics-server-deployment",
    node: "cp1",
    at: "made",
    object: "deployment/metrics-server",
};

describe("what goes wrong on the way, with the real engine", function () {
    let cluster: Cluster;
    let stack: TestStack;

    before(async function () {
        cluster = await clusterOrSkip(this);
        stack = await TestStack.create(cluster, "failures", { onRemove: "revert" });
    });

    after(async () => {
        if (!(stack as TestStack | undefined)) return;
        await mendKubelet(cluster, "w1");
        await stack.setNodes(nodesOf(cluster));
        await stack.clean();
    });

    it("refuses a host with another host key and says which node it is", async () => {
        const nodes = nodesOf(cluster);
        const [cp1, w1] = [nodes["cp1"], nodes["w1"]];
        assert.ok(cp1 && w1);
        const processes = await kubelets(cluster);
        await stack.setNodes({ ...nodes, cp1: { ...cp1, hostKey: w1.hostKey } });
        const run = await stack.up();
        assert.match(run.error ?? "", /1 node is not ready; nothing was changed:/);
        assert.match(run.error ?? "", /- cp1: the host key is SHA256:.*expected SHA256:/);
        assert.deepEqual(await kubelets(cluster), processes);
    });

    it("refuses hosts that are other nodes than they claim to be, before anything is changed", async () => {
        const processes = await kubelets(cluster);
        await stack.setNodes(swapped());
        const run = await stack.up();
        assert.match(run.error ?? "", /metrics-preflight/);
        assert.match(run.error ?? "", /2 nodes are not ready; nothing was changed:/);
        assert.match(run.error ?? "", /- w1: ".*system:node:w2/);
        assert.match(run.error ?? "", /- w2: ".*system:node:w1/);
        assert.deepEqual(await kubelets(cluster), processes);
    });

    it("names a host that accepts connections and never answers, instead of waiting without end", async () => {
        const silent = await silentServer();
        try {
            const nodes = nodesOf(cluster);
            const w1 = nodes["w1"];
            assert.ok(w1);
            const address = silent.address();
            assert.ok(typeof address === "object" && address !== null);
            await stack.setNodes({
                ...nodes,
                w1: { ...w1, host: "127.0.0.1", addresses: [w1.host], ssh: { port: address.port } },
            });
            const run = await stack.up();
            assert.match(run.error ?? "", /- w1: no SSH handshake within 20 s/);
        } finally {
            silent.close();
        }
    });

    it("names a node whose sshd freezes under a script that runs, and goes on when it answers again", async () => {
        await stack.setNodes(nodesOf(cluster));
        const moment: Moment = { step: "metrics-kubelets-node-w1", node: "w1", at: "restart" };
        const run = await duringRun(cluster, stack, "up", moment, async () => {
            await cluster.exec("w1", ["pkill", "-STOP", "sshd"]);
            await until("the warning", BUDGETS.workload, () =>
                /warning: node w1: no SSH handshake .* while its script runs/.test(stack.printed)
                    ? found(undefined)
                    : notYet("nothing is said"),
            );
            await cluster.exec("w1", ["pkill", "-CONT", "sshd"]);
        });
        assert.equal(run.error, undefined, run.error);
        assert.equal((await stack.destroy()).error, undefined);
    });

    it("rolls a kubelet that does not come back to its old configuration, byte for byte, and stops there", async () => {
        await stack.setNodes(nodesOf(cluster));
        await breakKubelet(cluster, "w1");
        const config = await configOf(cluster, "w1");
        const processes = await kubelets(cluster);
        const run = await stack.up();
        assert.match(run.error ?? "", /metrics-kubelets-node-w1/);
        assert.match(run.output + (run.error ?? ""), /w1: error: .*rolled back/);
        assert.equal(await configOf(cluster, "w1"), config);
        assert.ok(await healthy(cluster, "w1"));
        const after = await kubelets(cluster);
        for (const name of ["w2", "cp1"]) {
            assert.deepEqual(after[name], processes[name], `${name} was touched`);
        }
    });

    it("leaves a healthy node when the connection is cut during the restart and the configuration breaks it", async () => {
        const config = await configOf(cluster, "w1");
        await upCutDuringTheRestart();
        assert.equal(await configOf(cluster, "w1"), config);
    });

    it("leaves a healthy node when the connection is cut during the restart, and the next `up` converges", async () => {
        await mendKubelet(cluster, "w1");
        await upCutDuringTheRestart();
        const next = await stack.up();
        assert.equal(next.error, undefined, next.error);
        assert.deepEqual(await unverified(cluster), []);
        assert.deepEqual((await stack.preview()).changes, []);
    });

    it("takes over, when it is told to, an object that was made while the engine was killed", async () => {
        assert.equal((await stack.destroy()).error, undefined);
        const place = { cluster, stack, node: "cp1" };
        const run = await duringRun(cluster, stack, "up", DEPLOYMENT_MADE, () =>
            engineKilled.strike(place),
        );
        assert.notEqual(run.error, undefined);
        await engineKilled.mend(place);
        const refused = await stack.up();
        assert.match(refused.error ?? "", /deployments.apps "metrics-server" already exists/);
        await stack.withEnvironment(TAKE_OVER, async () => {
            const next = await stack.up();
            assert.equal(next.error, undefined, next.error);
        });
        // The provider remembers what it was told, and forgets it in the next run.
        const back = await stack.up();
        assert.deepEqual(
            back.changes.map(({ op, name, diffs }) => `${op} ${name} ${diffs.join()}`),
            ["update cluster upsertExistingObjects"],
        );
        assert.deepEqual((await stack.preview()).changes, []);
    });

    it("refuses a host that has become another node, when its script runs again", async () => {
        const processes = await kubelets(cluster);
        await stack.setNodes(swapped());
        const run = await stack.up();
        assert.match(run.error ?? "", /metrics-kubelets-node-w1/);
        assert.match(run.output + (run.error ?? ""), /w1: error: .*system:node:w2/);
        assert.deepEqual(await kubelets(cluster), processes);
    });

    /** Address and host key of w2 under the name w1, and the other way round: the SSH connections are fine, the nodes are not. */
    function swapped(): Record<string, ConfiguredNode> {
        const nodes = nodesOf(cluster);
        const [w1, w2] = [nodes["w1"], nodes["w2"]];
        assert.ok(w1 && w2);
        return {
            ...nodes,
            w1: { ...w2, addresses: [w1.host] },
            w2: { ...w1, addresses: [w2.host] },
        };
    }

    /** Runs `up`, cuts its connection to w1 while the kubelet restarts, and waits until the node is well again. */
    async function upCutDuringTheRestart(): Promise<void> {
        const restarted = whenRestarted(cluster, "w1");
        const running = stack.up();
        await restarted;
        await cutConnections(cluster, "w1");
        const run = await running;
        assert.notEqual(run.error, undefined);
        await untilHealthy(cluster, ["w1"], 90);
    }
});

function silentServer(): Promise<Server> {
    return new Promise((resolve) => {
        const server = createServer(() => undefined);
        server.listen(0, "127.0.0.1", () => {
            resolve(server);
        });
    });
}
