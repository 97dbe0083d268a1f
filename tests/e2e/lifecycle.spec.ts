import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Cluster } from "../cluster/harness";
import { KEPT_BY_RETAIN, leftovers } from "./support/leftovers";
import { churnNamespaces } from "./support/namespaces";
import {
    clusterCa,
    handshake,
    kubelets,
    goneSpans,
    servingRequests,
    tlsFailures,
    verifiedByApiServer,
    watchKubelets,
    type KubeletProcess,
} from "../support/observe";
import { nodesOf, TestStack, type Run } from "./support/stack";
import { clusterOrSkip } from "./support/tier";

describe("a cluster's first day, with the real engine", function () {
    let cluster: Cluster;
    let stack: TestStack;
    let first: Run;
    let stockProcesses: Record<string, KubeletProcess>;
    let ca: string;

    before(async function () {
        cluster = await clusterOrSkip(this);
        ca = await clusterCa(cluster);
        stack = await TestStack.create(cluster, "lifecycle");
    });

    after(async () => {
        if (!(stack as TestStack | undefined)) return;
        await stack.clean();
    });

    async function read(node: string, path: string): Promise<string> {
        return (await cluster.exec(node, ["cat", path])).stdout;
    }

    function nothingInsecure(text: string): void {
        assert.doesNotMatch(text, /insecure-tls|insecureSkipTLSVerify/);
    }

    it("is stock: no kubelet's certificate verifies and there is no metrics API", async () => {
        for (const { ip } of cluster.nodes) {
            assert.equal((await handshake(ip, 10250, ca)).ok, false);
        }
        await assert.rejects(cluster.kubectl(["top", "nodes"]));
    });

    it("comes up with one `up`, without a TLS failure on any kubelet and with namespaces deletable", async () => {
        stockProcesses = await kubelets(cluster);
        const stopWatch = watchKubelets(cluster);
        const stopChurn = churnNamespaces(cluster);
        first = await stack.up();
        const samples = stopWatch();
        const stuck = await stopChurn();
        assert.equal(first.error, undefined, first.error);
        assert.deepEqual(tlsFailures(samples), []);
        for (const [node, milliseconds] of Object.entries(goneSpans(samples))) {
            assert.ok(milliseconds <= 2000, `${node} was gone for ${milliseconds} ms`);
        }
        assert.deepEqual(stuck, []);
    });

    it("restarted each kubelet once", async () => {
        const after = await kubelets(cluster);
        for (const { name } of cluster.nodes) {
            assert.equal(after[name]?.starts, 1 + (stockProcesses[name]?.starts ?? 0), name);
        }
    });

    it("answers `kubectl top` for every node and for pods", async () => {
        const nodes = await cluster.kubectl(["top", "nodes", "--no-headers"]);
        for (const { name } of cluster.nodes) {
            assert.match(nodes, new RegExp(`^${name} +\\d+m`, "m"));
        }
        assert.match(await cluster.kubectl(["top", "pods", "-A"]), /metrics-server/);
    });

    it("serves certificates that strict TLS accepts, from every kubelet and from metrics-server", async () => {
        for (const { name, ip } of cluster.nodes) {
            const served = await handshake(ip, 10250, ca);
            assert.deepEqual([served.ok, served.error], [true, undefined], name);
        }
        const { caBundle, serviceName } = await stack.outputs();
        const said = await verifiedByApiServer(cluster, String(caBundle), String(serviceName));
        assert.match(said, /Verification: OK/);
        assert.match(said, /Verified peername: metrics-server\.kube-system\.svc/);
    });

    it("tells of each node what was done there", () => {
        for (const { name } of cluster.nodes) {
            const said = `node ${name} says "setting serverTLSBootstrap in .* from .* to true"`;
            assert.match(first.output, new RegExp(said));
        }
    });

    it("has no insecure argument anywhere in the cluster or the state", async () => {
        nothingInsecure(await cluster.kubectl(["get", "apiservice,deploy,ds", "-A", "-o", "yaml"]));
        nothingInsecure(stack.stateText());
    });

    it("approved exactly the nodes' requests", async () => {
        const requests = await cluster.kubectl([
            "get",
            "csr",
            "--field-selector=spec.signerName=kubernetes.io/kubelet-serving",
            "--no-headers",
        ]);
        for (const { name } of cluster.nodes) {
            assert.match(requests, new RegExp(`system:node:${name} .*Approved,Issued`));
        }
    });

    it("keeps keys out of everything that is printed or stored in the clear", () => {
        const key = readFileSync(cluster.sshKeyPath, "utf8").split("\n")[2] ?? "";
        assert.ok(key.length > 30);
        for (const text of [first.output, stack.stateText()]) {
            assert.ok(!text.includes(key));
            assert.doesNotMatch(text, /PRIVATE KEY/);
        }
    });

    it("does nothing on a second `up`, preview and refresh: 0 changes, 0 restarts, 0 requests", async () => {
        const processes = await kubelets(cluster);
        const requests = await servingRequests(cluster);
        for (const run of [
            await stack.preview(),
            await stack.up(),
            await stack.refresh(),
            await stack.preview(),
        ]) {
            assert.deepEqual(run.changes, []);
            assert.equal(run.error, undefined);
        }
        assert.deepEqual(await kubelets(cluster), processes);
        assert.deepEqual(await servingRequests(cluster), requests);
    });

    it("gives a worker that joins later the setting, and touches only that worker when it is added", async () => {
        const processes = await kubelets(cluster);
        await cluster.addWorker("w3");
        assert.match(
            await read("w3", "/var/lib/kubelet/config.yaml"),
            /^serverTLSBootstrap: true$/m,
        );
        const joined = await kubelets(cluster);
        await stack.setNodes(nodesOf(cluster));
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual(names(run, "create"), ["metrics-kubelets-node-w3"]);
        assert.deepEqual(names(run, "update"), [
            "metrics-kubelets-csr-approval-cp1",
            "metrics-kubelets-verification",
            "metrics-metrics",
            "metrics-preflight",
        ]);
        assert.deepEqual(await kubelets(cluster), joined);
        for (const name of Object.keys(processes)) {
            assert.deepEqual(joined[name], processes[name]);
        }
        assert.match(await cluster.kubectl(["top", "nodes"]), /^w3 +\d+m/m);
    });

    it("forgets a node that leaves `nodes` without contacting it", async () => {
        const processes = await kubelets(cluster);
        const nodes = nodesOf(cluster);
        delete nodes["w3"];
        await cluster.exec("w3", ["systemctl", "stop", "ssh"]);
        await stack.setNodes(nodes);
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual(names(run, "delete"), ["metrics-kubelets-node-w3"]);
        assert.deepEqual(await kubelets(cluster), processes);
        assert.match(
            await read("w3", "/var/lib/kubelet/config.yaml"),
            /^serverTLSBootstrap: true$/m,
        );
        await cluster.removeNode("w3");
    });

    it("leaves nothing over after `destroy`, the APIService first, and keeps the nodes", async () => {
        const processes = await kubelets(cluster);
        const run = await stack.destroy();
        assert.equal(run.error, undefined, run.error);
        const order = run.changes.map(({ name }) => name);
        const apiService = order.indexOf("metrics-metrics-server-api-service");
        assert.ok(apiService >= 0 && apiService < order.indexOf("metrics-metrics-server-service"));
        assert.ok(apiService < order.indexOf("metrics-metrics-server-deployment"));
        assert.deepEqual(await leftovers(cluster, KEPT_BY_RETAIN), []);
        assert.deepEqual(await kubelets(cluster), processes);
        // Who joins from now on finds nobody who approves.
        const config = ["get", "configmap", "-n", "kube-system", "kubelet-config", "-o", "yaml"];
        assert.doesNotMatch(await cluster.kubectl(config), /serverTLSBootstrap/);
    });

    it("restarts nothing where the setting is on already, and does the rest", async () => {
        const processes = await kubelets(cluster);
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual(await kubelets(cluster), processes);
        assert.match(await cluster.kubectl(["top", "nodes"]), /^w1 +\d+m/m);
    });

    it("puts the nodes back with `onRemove: revert`, and switching to it runs nothing", async () => {
        const processes = await kubelets(cluster);
        await stack.setObject("settings", { onRemove: "revert" });
        const switched = await stack.up();
        assert.deepEqual([switched.changes, switched.error], [[], undefined]);
        assert.deepEqual(await kubelets(cluster), processes);
        const run = await stack.destroy();
        assert.equal(run.error, undefined, run.error);
        for (const { name, ip } of cluster.nodes) {
            assert.doesNotMatch(
                await read(name, "/var/lib/kubelet/config.yaml"),
                /serverTLSBootstrap: true/,
            );
            assert.equal((await handshake(ip, 10250, ca)).ok, false, name);
        }
        assert.deepEqual(await leftovers(cluster), []);
    });

    function names(run: Run, op: string): string[] {
        return run.changes
            .filter((change) => change.op === op)
            .map(({ name }) => name)
            .sort();
    }
});
