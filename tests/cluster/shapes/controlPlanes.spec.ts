import assert from "node:assert/strict";
import { skipIfLacking } from "../../support/skip";
import { attach, type Cluster, down, requirements, up } from "../harness";
import { BUDGETS, found, notYet, until } from "../harness/budgets";
import { stockMetricsServer } from "../harness/stockMetricsServer";

const OPTIONS = { controlPlanes: 3, workers: 1 };
const CONTROL_PLANES = ["cp1", "cp2", "cp3"];
const NODES = [...CONTROL_PLANES, "w1"];

describe("the test cluster with three control planes", function () {
    this.timeout(0);
    let cluster: Cluster;
    let api: string;

    before(async function () {
        skipIfLacking(this, requirements(OPTIONS));
        cluster = await up({ ...OPTIONS, replace: true });
        api = await cluster.kubectl([
            "config",
            "view",
            "--output=jsonpath={.clusters[0].cluster.server}",
        ]);
    });

    after(async () => {
        if ((cluster as Cluster | undefined) !== undefined) {
            await down();
        }
    });

    async function serverIn(node: string, kubeconfig: string): Promise<string | undefined> {
        const { stdout } = await cluster.exec(node, ["cat", `/etc/kubernetes/${kubeconfig}`]);
        return /^\s+server: (\S+)$/m.exec(stdout)?.[1];
    }

    async function readyNodes(): Promise<string[]> {
        const ready = '{.status.conditions[?(@.type=="Ready")].status}';
        const jsonpath = `jsonpath={range .items[*]}{.metadata.name} ${ready}{"\\n"}{end}`;
        const seen = await cluster.kubectl(["get", "nodes", "-o", jsonpath]);
        return seen.split("\n").flatMap((line) => /^(\S+) True$/.exec(line)?.[1] ?? []);
    }

    it("has all its nodes Ready, and an etcd on each control plane", async () => {
        assert.deepEqual(
            cluster.nodes.map(({ name }) => name),
            NODES,
        );
        assert.deepEqual(await readyNodes(), NODES);
        const etcd = ["get", "pods", "-n", "kube-system", "-l", "component=etcd"];
        const pods = await cluster.kubectl([...etcd, "-o", "jsonpath={.items[*].spec.nodeName}"]);
        assert.deepEqual(pods.split(" "), CONTROL_PLANES);
    });

    it("has the administrators and the workers talk to the load balancer, and a control plane's own parts to its own API server", async () => {
        const front = cluster.network.loadBalancer;
        assert.equal(api, `https://${front}:6443`);
        assert.equal(await serverIn("w1", "kubelet.conf"), api);
        assert.equal(await serverIn("w1", "kube-proxy.conf"), api);
        for (const { name, ip } of cluster.nodes.filter(({ role }) => role === "controlPlane")) {
            assert.equal(await serverIn(name, "admin.conf"), api);
            for (const own of ["kubelet.conf", "controller-manager.conf", "scheduler.conf"]) {
                assert.equal(await serverIn(name, own), `https://${ip}:6443`);
            }
        }
    });

    it("has kubectl on every control plane", async () => {
        for (const name of CONTROL_PLANES) {
            const get = ["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", "get", "nodes"];
            const { stdout } = await cluster.exec(name, [...get, "--output=name"]);
            assert.equal(stdout, NODES.map((node) => `node/${node}\n`).join(""));
        }
    });

    it("keeps its API when the first control plane has no power, and a worker can join meanwhile", async () => {
        await cluster.powerOff("cp1");
        assert.equal(await cluster.kubectl(["get", "--raw=/readyz"]), "ok");
        assert.equal(await attach(), undefined, "a node is missing");
        await cluster.addWorker("w2");
        await cluster.powerOn("cp1");
        assert.deepEqual(await readyNodes(), [...NODES, "w2"]);
        await until("the cluster to be whole again", BUDGETS.recovery, async () =>
            (await attach()) === undefined ? notYet("not usable") : found(true),
        );
    });

    it("leads from each API server over a service to pods", async () => {
        await stockMetricsServer(cluster);
        for (const { ip } of cluster.nodes.filter(({ role }) => role === "controlPlane")) {
            const top = ["top", "nodes", "--no-headers", `--server=https://${ip}:6443`];
            assert.match(await cluster.kubectl(top), /^cp1 .*\ncp2 .*\ncp3 .*\nw1 .*\nw2 .*\n$/);
        }
    });

    it("is brought back to its first minute, all members of etcd at once, with one that has no power", async () => {
        await cluster.powerOff("cp2");
        await cluster.restore();
        assert.notEqual(await attach(), undefined);
        assert.deepEqual(await readyNodes(), NODES);
        for (const { ip } of cluster.nodes.filter(({ role }) => role === "controlPlane")) {
            const etcd = ["get", "--raw=/readyz/etcd", `--server=https://${ip}:6443`];
            assert.equal(await cluster.kubectl(etcd), "ok");
        }
        assert.doesNotMatch(await cluster.kubectl(["get", "apiservices"]), /metrics/);
    });
});
