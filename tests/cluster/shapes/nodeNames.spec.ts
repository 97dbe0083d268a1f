import assert from "node:assert/strict";
import { handshake } from "../../support/observe";
import { skipIfLacking } from "../../support/skip";
import { attach, type Cluster, down, requirements, up } from "../harness";
import { BUDGETS, found, notYet, until } from "../harness/budgets";
import { stockMetricsServer } from "../harness/stockMetricsServer";

const HEARTBEAT = '-ojsonpath={.status.conditions[?(@.type=="Ready")].lastHeartbeatTime}';

describe("the test cluster with nodes that Kubernetes calls otherwise, and a cloud's addresses", function () {
    this.timeout(0);
    let cluster: Cluster;

    before(async function () {
        const options = { nodeNames: "other", firstAddress: "ExternalIP", workers: 1 } as const;
        skipIfLacking(this, requirements(options));
        cluster = await up({ ...options, replace: true });
    });

    after(async () => {
        if ((cluster as Cluster | undefined) !== undefined) {
            await down();
        }
    });

    async function addressesOf(nodeName: string): Promise<string[]> {
        const path = '-ojsonpath={range .status.addresses[*]}{.type}={.address}{"\\n"}{end}';
        return (await cluster.kubectl(["get", "node", nodeName, path])).trim().split("\n");
    }

    it("has hosts with the names that the driver knows, and nodes with others", async () => {
        for (const { name, nodeName } of cluster.nodes) {
            assert.equal((await cluster.ssh(name, "hostname")).stdout, `${name}\n`);
            assert.equal(nodeName, `node-${name}.example.test`);
        }
        const names = cluster.nodes.map(({ nodeName }) => `node/${nodeName}\n`);
        assert.equal(await cluster.kubectl(["get", "nodes", "-o", "name"]), names.join(""));
    });

    it("has ExternalIP first in each node's status, where its kubelet answers, too", async () => {
        for (const { nodeName, ip, externalIp = "" } of cluster.nodes) {
            const expected = [
                `ExternalIP=${externalIp}`,
                `InternalIP=${ip}`,
                `Hostname=${nodeName}`,
            ];
            assert.deepEqual(await addressesOf(nodeName), expected);
            const { issuer } = await handshake(externalIp, 10250);
            assert.match(issuer ?? "", new RegExp(`^${nodeName}-ca@\\d+$`));
        }
    });

    it("keeps these addresses when the kubelet starts again and reports", async () => {
        const [, w1] = cluster.nodes;
        assert.ok(w1 !== undefined);
        const { name, nodeName } = w1;
        const before = await addressesOf(nodeName);
        const heartbeat = await cluster.kubectl(["get", "node", nodeName, HEARTBEAT]);
        await cluster.exec(name, ["systemctl", "restart", "kubelet"]);
        await until("a report of the kubelet", BUDGETS.recovery, async () => {
            const now = await cluster.kubectl(["get", "node", nodeName, HEARTBEAT]);
            return now === heartbeat ? notYet(now) : found(now);
        });
        assert.deepEqual(await addressesOf(nodeName), before);
    });

    it("leads from the API server over a service to pods, and from pods to kubelets", async () => {
        await stockMetricsServer(cluster);
        const top = await cluster.kubectl(["top", "nodes", "--no-headers"]);
        assert.match(top, /^node-cp1\.example\.test .*\nnode-w1\.example\.test .*\n$/);
    });

    it("takes a worker in, reboots it, and lets it go, all by the host's name", async () => {
        const added = await cluster.addWorker("w2");
        const [first] = await addressesOf(added.nodeName);
        assert.equal(first, `ExternalIP=${added.externalIp ?? ""}`);
        await cluster.reboot("w2");
        await cluster.removeNode("w2");
        const left = await cluster.kubectl(["get", "nodes", "-o", "name"]);
        assert.equal(left, "node/node-cp1.example.test\nnode/node-w1.example.test\n");
        assert.notEqual(await attach(), undefined);
    });

    it("has Hostname first when it is asked to", async () => {
        cluster = await up({ firstAddress: "Hostname", workers: 0, replace: true });
        const [cp1] = cluster.nodes;
        assert.deepEqual(await addressesOf("cp1"), ["Hostname=cp1", `InternalIP=${cp1?.ip ?? ""}`]);
    });
});
