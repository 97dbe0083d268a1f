import assert from "node:assert/strict";
import { requirements, up, type Cluster } from "../cluster/harness";
import type { NodeRecord } from "../cluster/harness/state";
import { askAnew, loseSetting } from "../e2e/support/faults";
import { engineRequirements } from "../e2e/support/engine";
import { leftovers } from "../e2e/support/leftovers";
import { TestStack, type Run } from "../e2e/support/stack";
import {
    kubelets,
    servedCertificate,
    servingRequests,
    unverified,
    verifiedByApiServer,
} from "../support/observe";
import { skipIfLacking } from "../support/skip";
import { certificateNames, describeCluster } from "./facts";
import type { Shape } from "./shapes";
import type { Row } from "../support/documentTable";
import { attack, decided } from "./world";

/** What a suite of its own may add for one kind of cluster, between the promises and `destroy`. */
export type More = (place: () => { cluster: Cluster; stack: TestStack }) => void;

/**
 * What the package promises, shown on one kind of cluster: from stock kubelets to strict TLS on every leg and back. The row
 * says what was seen, and is filled as the tests go.
 */
export function promises(shape: Shape, row: Row, more: More = () => undefined): void {
    let cluster: Cluster;
    let stack: TestStack;
    let worker: NodeRecord;

    before(async function () {
        skipIfLacking(this, [...engineRequirements(), ...requirements(shape.cluster)]);
        cluster = await up({ ...shape.cluster, replace: true });
        const found = cluster.nodes.find(({ role }) => role === "worker");
        assert.ok(found);
        worker = found;
        Object.assign(row, { cluster: shape.name }, await describeCluster(cluster));
        const settings = { ...shape.settings, onRemove: "revert", driftDetection: true };
        stack = await TestStack.create(cluster, "shape", settings);
    });

    after(async () => {
        if (!(stack as TestStack | undefined)) return;
        await stack.clean();
    });

    it("is stock: no kubelet's certificate verifies and there is no metrics API", async () => {
        const wrong = await unverified(cluster);
        assert.equal(wrong.length, cluster.nodes.length, wrong.join("; "));
        await assert.rejects(cluster.kubectl(["top", "nodes"]));
    });

    it("gets `kubectl top` for every node from one `up`, which restarts each kubelet once", async () => {
        const stock = await kubelets(cluster);
        const begun = Date.now();
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        row["first `up`"] = `${Math.round((Date.now() - begun) / 1000)} s`;
        const figures = await cluster.kubectl(["top", "nodes", "--no-headers"]);
        const after = await kubelets(cluster);
        for (const { name, nodeName } of cluster.nodes) {
            assert.match(figures, new RegExp(`^${nodeName.replaceAll(".", "\\.")} +\\d+m`, "m"));
            assert.equal(after[name]?.starts, 1 + (stock[name]?.starts ?? 0), name);
        }
    });

    it("verifies strictly on every leg: kubelets by the cluster's CA, metrics-server by the caBundle", async () => {
        assert.deepEqual(await unverified(cluster), []);
        const { caBundle, serviceName } = await stack.outputs();
        const said = await verifiedByApiServer(cluster, String(caBundle), String(serviceName));
        assert.match(said, /Verification: OK/);
        assert.match(said, /Verified peername: metrics-server\.kube-system\.svc/);
        const objects = await cluster.kubectl(["get", "apiservice,deploy", "-A", "-o", "yaml"]);
        assert.doesNotMatch(objects, /insecure-tls|insecureSkipTLSVerify/);
        row["names in a worker's certificate"] = await certificateNames(cluster, worker.name);
    });

    it("changes nothing in a second run: no resource, no restart, no certificate request", async () => {
        const processes = await kubelets(cluster);
        const requests = await servingRequests(cluster);
        for (const run of [await stack.preview(), await stack.up()]) {
            assert.deepEqual([run.changes, run.error], [[], undefined]);
        }
        assert.deepEqual(await kubelets(cluster), processes);
        assert.deepEqual(await servingRequests(cluster), requests);
        row["second `up`"] = "empty, 0 restarts, 0 CSRs";
    });

    it("shows the one node that drifted, and repairs that node only", async () => {
        const step = `update metrics-kubelets-node-${worker.nodeName}`;
        await loseSetting(cluster, worker.name);
        assert.deepEqual(updates(await stack.preview()), [step]);
        const processes = await kubelets(cluster);
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual(updates(run), [step]);
        const after = await kubelets(cluster);
        const names = cluster.nodes.map(({ name }) => name);
        const restarted = names.filter((name) => after[name]?.pid !== processes[name]?.pid);
        assert.deepEqual(restarted, [worker.name]);
        row["drift"] = "one node shown, repaired";
    });

    it("leaves every hostile request pending while a right one beside them is approved", async () => {
        const hostile = await attack(cluster);
        assert.ok(hostile.length > 0);
        const old = await servedCertificate(cluster, worker.name);
        await askAnew(cluster, worker.name);
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        assert.notEqual(await servedCertificate(cluster, worker.name), old);
        assert.deepEqual(await unverified(cluster), []);
        assert.deepEqual(await decided(cluster, hostile), []);
        row["hostile requests"] = `0 of ${hostile.length} approved`;
    });

    more(() => ({ cluster, stack }));

    it("leaves nothing over after `destroy` with `onRemove: revert`", async () => {
        const run = await stack.destroy();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual(await leftovers(cluster), []);
        const wrong = await unverified(cluster);
        assert.equal(wrong.length, cluster.nodes.length, "a kubelet still has its certificate");
        row["`destroy`"] = "nothing left";
    });
}

function updates(run: Run): string[] {
    return run.changes.map(({ op, name }) => `${op} ${name}`);
}
