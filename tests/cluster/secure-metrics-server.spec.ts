import assert from "node:assert/strict";
import {
    clusterCa,
    handshake,
    kubelets,
    servingRequests,
    type KubeletProcess,
} from "../support/observe";
import type { ResourceEvent } from "../support/timeline";
import { requirements, up, type Cluster } from "./harness";
import { skipIfLacking } from "../support/skip";
import { kubeadmExample } from "../substitute/kubeadmExample";
import { Substitute } from "../substitute/substitute";

/** Previews look at the nodes, and `destroy` puts them back. */
const SETTINGS = { onRemove: "revert", driftDetection: true };

/** Names of resources in the order in which they were done. */
function recordOrder(): { order: string[]; onEvent: (event: ResourceEvent) => void } {
    const order: string[] = [];
    const onEvent = ({ phase, name }: ResourceEvent): void => {
        if (phase === "done") order.push(name);
    };
    return { order, onEvent };
}

describe("the whole program on real nodes, without an engine", function () {
    let cluster: Cluster;
    let substitute: Substitute;
    let stock: Record<string, string>;
    let ca: string;
    let stockProcesses: Record<string, KubeletProcess>;
    let made: string[];

    before(async function () {
        skipIfLacking(this, requirements());
        cluster = await up();
        substitute = new Substitute(cluster, kubeadmExample(cluster, SETTINGS));
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

    it("makes `kubectl top` work for every node", async () => {
        stockProcesses = await kubelets(cluster);
        const { onEvent, order } = recordOrder();
        await substitute.up({ onEvent });
        made = order;
        const top = await cluster.kubectl(["top", "nodes", "--no-headers"]);
        for (const { name } of cluster.nodes) {
            assert.match(top, new RegExp(`^${name} +\\d+m`, "m"));
        }
    });

    it("approves first, then changes one worker, the others, control planes last, and only then what answers for metrics", () => {
        const position = (name: string): number => {
            const index = made.indexOf(name);
            assert.ok(index >= 0, `${name} is missing`);
            return index;
        };
        for (const expected of [
            [
                "metrics-preflight",
                "metrics-kubelets-csr-approval-cp1",
                "metrics-kubelets-kubelet-config",
                "metrics-kubelets-node-w1",
                "metrics-kubelets-node-w2",
                "metrics-kubelets-node-cp1",
                "metrics-metrics-server-deployment",
                "metrics-metrics-server-api-service",
                "metrics-metrics",
            ],
            [
                "metrics-kubelets-node-cp1",
                "metrics-kubelets-verification",
                "metrics-metrics-server-api-service",
            ],
            [
                "metrics-kubelets-node-w1",
                "metrics-metrics-server-service",
                "metrics-metrics-server-api-service",
            ],
        ]) {
            const order = [...expected].sort((one, other) => position(one) - position(other));
            assert.deepEqual(order, expected);
        }
    });

    it("restarts each kubelet once and leaves it with a certificate that the cluster's CA signed", async () => {
        const after = await kubelets(cluster);
        for (const { name, ip } of cluster.nodes) {
            assert.equal(after[name]?.starts, 1 + (stockProcesses[name]?.starts ?? 0), name);
            assert.deepEqual((await handshake(ip, 10250, ca)).error, undefined, name);
        }
    });

    it("changes nothing in a second run, where nothing differs in the program, on the nodes or in the cluster", async () => {
        const processes = await kubelets(cluster);
        const requests = await servingRequests(cluster);
        const messages: string[] = [];
        const onMessage = (text: string): void => void messages.push(text);
        const { changes, unchanged } = await substitute.up({ onMessage });
        assert.deepEqual([changes, unchanged, messages], [[], made.length, []]);
        assert.deepEqual(await substitute.drift(), []);
        assert.deepEqual(await kubelets(cluster), processes);
        assert.deepEqual(await servingRequests(cluster), requests);
    });

    it("says in a preview which node has lost the setting, and gives it back in the run", async () => {
        const lose = "sed -i /^serverTLSBootstrap:/d";
        await cluster.exec("w1", ["sh", "-c", `${lose} /var/lib/kubelet/config.yaml`]);
        const expected = ["update metrics-kubelets-node-w1 (update)"];
        assert.deepEqual((await substitute.preview()).changes, expected);
        const messages: string[] = [];
        const { changes } = await substitute.up({ onMessage: (text) => messages.push(text) });
        assert.deepEqual(changes, expected);
        assert.match(messages.join("\n"), /node w1 says ".*serverTLSBootstrap.*true"/);
        assert.deepEqual((await substitute.preview()).changes, []);
    });

    it("restarts nothing when every script runs again, because another user logs in", async () => {
        const processes = await kubelets(cluster);
        const { config } = substitute.program;
        const ssh = JSON.stringify({ user: "root" });
        substitute.program = { ...substitute.program, config: { ...config, ssh } };
        const { changes } = await substitute.up();
        assert.ok(changes.includes("update metrics-kubelets-node-w1 (connection)"), changes.join());
        assert.deepEqual(await kubelets(cluster), processes);
        for (const { name } of cluster.nodes) {
            assert.match(
                substitute.printed[`metrics-kubelets-node-${name}`] ?? "",
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
