import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { NodeRole, OnRemove, SecureMetricsServer, type NodeArgs } from "../../index";
import { clusterCa, handshake, kubelets, type KubeletProcess } from "../support/observe";
import { requirements, up, type Cluster } from "./harness";
import { Substitute } from "./support/substitute";
import { skipIfLacking } from "../support/skip";

describe("the whole program on real nodes, without an engine", function () {
    let cluster: Cluster;
    let substitute: Substitute;
    let stock: Record<string, string>;
    let ca: string;
    let stockProcesses: Record<string, KubeletProcess>;

    before(async function () {
        skipIfLacking(this, requirements());
        cluster = await up();
        substitute = new Substitute(cluster);
        ca = await clusterCa(cluster);
        stock = await configurations();
    });

    after(async () => {
        if ((substitute as Substitute | undefined) !== undefined) {
            await substitute.destroy();
        }
    });

    async function configurations(): Promise<Record<string, string>> {
        const entries = cluster.nodes.map(async ({ name }) => {
            const { stdout } = await cluster.exec(name, ["cat", "/var/lib/kubelet/config.yaml"]);
            return [name, stdout] as const;
        });
        return Object.fromEntries(await Promise.all(entries));
    }

    function nodes(): Record<string, NodeArgs> {
        return Object.fromEntries(
            cluster.nodes.map(({ name, ip, hostKey, role }) => [
                name,
                {
                    host: ip,
                    hostKey,
                    ...(role === "controlPlane" && { role: NodeRole.ControlPlane }),
                },
            ]),
        );
    }

    function program(): SecureMetricsServer {
        return new SecureMetricsServer("metrics", {
            nodes: nodes(),
            ssh: { user: cluster.sshUser, privateKey: readFileSync(cluster.sshKeyPath, "utf8") },
            onRemove: OnRemove.Revert,
        });
    }

    it("makes `kubectl top` work for every node", async () => {
        stockProcesses = await kubelets(cluster);
        await substitute.up(program);
        const top = await cluster.kubectl(["top", "nodes", "--no-headers"]);
        for (const { name } of cluster.nodes) {
            assert.match(top, new RegExp(`^${name} +\\d+m`, "m"));
        }
    });

    it("approves first, then changes one worker, the others, control planes last, and only then metrics-server", () => {
        const position = (name: string): number => {
            const index = substitute.order.indexOf(name);
            assert.ok(index >= 0, `${name} is missing`);
            return index;
        };
        const expected = [
            "metrics-preflight",
            "metrics-kubelets-csr-approval-cp1",
            "metrics-kubelets-kubelet-config",
            "metrics-kubelets-node-w1",
            "metrics-kubelets-node-w2",
            "metrics-kubelets-node-cp1",
            "metrics-kubelets-verification",
            "metrics-metrics-server-deployment",
            "metrics-metrics-server-service",
            "metrics-metrics-server-api-service",
            "metrics-metrics",
        ];
        assert.deepEqual(
            [...expected].sort((a, b) => position(a) - position(b)),
            expected,
        );
    });

    it("restarts each kubelet once and leaves it with a certificate that the cluster's CA signed", async () => {
        const after = await kubelets(cluster);
        for (const { name, ip } of cluster.nodes) {
            assert.equal(after[name]?.starts, 1 + (stockProcesses[name]?.starts ?? 0), name);
            assert.deepEqual((await handshake(ip, 10250, ca)).error, undefined, name);
        }
    });

    it("restarts nothing when the same scripts run again", async () => {
        const processes = await kubelets(cluster);
        const again = new Substitute(cluster, { onlyCommands: true });
        await again.up(program);
        assert.deepEqual(await kubelets(cluster), processes);
        for (const { name } of cluster.nodes) {
            assert.match(
                again.printed[`metrics-kubelets-node-${name}`] ?? "",
                /"changed":false,"restarted":false/,
            );
        }
    });

    it("takes everything back, the APIService first, and the nodes to their old bytes", async () => {
        const names = await substitute.destroy();
        const index = (name: string): number => names.indexOf(`metrics-metrics-server-${name}`);
        assert.ok(index("api-service") >= 0);
        assert.ok(index("api-service") < index("service"));
        assert.ok(index("api-service") < index("deployment"));
        assert.deepEqual(await configurations(), stock);
        const { stdout } = await cluster.exec("cp1", [
            "sh",
            "-c",
            "ls -d /etc/secure-metrics-server /var/lib/secure-metrics-server/approver /usr/local/lib/secure-metrics-server /etc/systemd/system/secure-metrics-server* 2>/dev/null || true",
        ]);
        assert.equal(stdout, "");
        for (const { name, ip } of cluster.nodes) {
            assert.equal((await handshake(ip, 10250, ca)).ok, false, name);
        }
    });
});
