import assert from "node:assert/strict";
import { handshake } from "../support/observe";
import { attach, down, requirements, up, type Cluster } from "./harness";
import { INSTANCE } from "./harness/instance";
import {
    clusterNamespaces,
    differences,
    inventory,
    type Inventory,
    stillUsed,
} from "./harness/inventory";
import { stockMetricsServer } from "./harness/stockMetricsServer";
import { skipIfLacking } from "../support/skip";
import { killedAt } from "./support/killed";
import { settled } from "./support/settled";

/** Moments of `up`, by what it says, at which it is killed. */
const MOMENTS = ["bringing the cluster up", "booted: ", "kubeadm init is done"];

describe("the test cluster", function () {
    this.timeout(0);
    let cluster: Cluster;
    let clean: Inventory;

    before(async function () {
        skipIfLacking(this, requirements());
        await down();
        clean = await settled((now) => now.processes);
        cluster = await up();
    });

    after(async () => {
        if ((cluster as Cluster | undefined) !== undefined) {
            await down();
        }
    });

    /** Removes the cluster; what it had of its own is gone then, and the machine as it was before. */
    async function downToNothing(): Promise<void> {
        const namespaces = clusterNamespaces();
        await down();
        await settled((now) => [...differences(clean, now), ...stillUsed(namespaces)]);
    }

    async function onEveryNode(command: string[]): Promise<Record<string, string>> {
        const outputs = cluster.nodes.map(async ({ name }) => {
            const { stdout } = await cluster.exec(name, command, { allowFailure: true });
            return [name, stdout.trim()] as const;
        });
        return Object.fromEntries(await Promise.all(outputs));
    }

    it("has one control plane and two workers, all Ready, with the name, address and role that it tells", async () => {
        const nodes = cluster.nodes.map(({ name, ip, role }) => ({ name, ip, role }));
        const prefix = `10.77.${INSTANCE}.`;
        assert.deepEqual(nodes, [
            { name: "cp1", ip: `${prefix}11`, role: "controlPlane" },
            { name: "w1", ip: `${prefix}21`, role: "worker" },
            { name: "w2", ip: `${prefix}22`, role: "worker" },
        ]);
        const path = '{.metadata.name} {.status.addresses[?(@.type=="InternalIP")].address}';
        const ready = '{.status.conditions[?(@.type=="Ready")].status}';
        const jsonpath = `jsonpath={range .items[*]}${path} ${ready}{"\\n"}{end}`;
        const seen = await cluster.kubectl(["get", "nodes", "-o", jsonpath]);
        const expected = nodes.map(({ name, ip }) => `${name} ${ip} True\n`).join("");
        assert.equal(seen, expected);
    });

    it("runs systemd as PID 1, with nothing failed", async () => {
        const all = (value: string): object => ({ cp1: value, w1: value, w2: value });
        assert.deepEqual(await onEveryNode(["ps", "-p", "1", "-o", "comm="]), all("systemd"));
        assert.deepEqual(await onEveryNode(["systemctl", "--failed", "--no-legend"]), all(""));
    });

    it("has kubelets that serve the self-signed certificates of a stock cluster", async () => {
        for (const { name, ip } of cluster.nodes) {
            const { issuer } = await handshake(ip, 10250);
            assert.match(issuer ?? "", new RegExp(`^${name}-ca@\\d+$`));
        }
    });

    it("is of the versions that it tells", async () => {
        const { kubernetes, etcd, containerd } = cluster.versions;
        const versions = `jsonpath={range .items[*]}{.status.nodeInfo.kubeletVersion} {.status.nodeInfo.containerRuntimeVersion}{"\\n"}{end}`;
        const seen = await cluster.kubectl(["get", "nodes", "-o", versions]);
        const expected = `v${kubernetes} containerd://${containerd}\n`;
        assert.equal(seen, expected.repeat(cluster.nodes.length));
        const server = await cluster.kubectl(["get", "--raw=/version"]);
        assert.match(server, new RegExp(`"gitVersion": "v${kubernetes}"`));
        const log = ["kubectl", "--kubeconfig=/etc/kubernetes/admin.conf", "logs"];
        const logs = [...log, "--namespace=kube-system", "etcd-cp1", "--limit-bytes=20000"];
        const { stdout } = await cluster.exec("cp1", logs);
        assert.match(stdout, new RegExp(`"etcd-version":"${etcd}"`));
    });

    it("has an identity of its own for every node", async () => {
        assert.equal(new Set(cluster.nodes.map(({ hostKey }) => hostKey)).size, 3);
        const machineIds = Object.values(await onEveryNode(["cat", "/etc/machine-id"]));
        assert.equal(new Set(machineIds).size, 3);
    });

    it("lets ubuntu become root, and root log in, over SSH with the host key verified", async () => {
        for (const { name } of cluster.nodes) {
            const whoami = await cluster.ssh(name, "id -un; sudo -n id -un; hostname");
            assert.equal(whoami.stdout, `ubuntu\nroot\n${name}\n`);
            const asRoot = await cluster.ssh(name, "id -un", { user: "root" });
            assert.equal(asRoot.stdout, "root\n");
        }
    });

    it("has on its nodes what a server has, and kubectl on the control plane only", async () => {
        const tools = ["python", "python3", "jq", "yq", "kubectl", "openssl", "curl", "kubelet"];
        const command = `for tool in ${tools.join(" ")}; do command -v "$tool"; done`;
        const server = ["/usr/bin/openssl", "/usr/bin/curl", "/usr/bin/kubelet"];
        assert.deepEqual(await onEveryNode(["sh", "-c", command]), {
            cp1: ["/usr/bin/kubectl", ...server].join("\n"),
            w1: server.join("\n"),
            w2: server.join("\n"),
        });
    });

    it("cannot be left: what is for elsewhere is refused at once", async () => {
        const command = ["curl", "--silent", "--max-time", "5", "http://198.51.100.1/"];
        const { code } = await cluster.exec("w1", command, { allowFailure: true });
        assert.equal(code, 7, "curl's code for a refused connection, not 28 for a time-out");
    });

    it("is found by attach, and by up with the same options, as it is", async () => {
        const before = await onEveryNode(["systemctl", "show", "kubelet", "-p", "MainPID"]);
        assert.equal((await attach())?.kubeconfig, cluster.kubeconfig);
        cluster = await up();
        assert.deepEqual(
            await onEveryNode(["systemctl", "show", "kubelet", "-p", "MainPID"]),
            before,
        );
    });

    it("is not replaced unasked by one with other options", async () => {
        await assert.rejects(up({ workers: 1 }), /a cluster with other options is up: .*--replace/);
    });

    it("leads from the API server over a service to pods, and from pods to it and to kubelets", async () => {
        await stockMetricsServer(cluster);
        const top = await cluster.kubectl(["top", "nodes", "--no-headers"]);
        assert.match(top, /^cp1 .*\nw1 .*\nw2 .*\n$/);
    });

    it("takes a worker in, reboots nodes, and lets the worker go", async () => {
        const added = await cluster.addWorker("w3");
        assert.equal(added.ip, `10.77.${INSTANCE}.23`);
        const config = await onEveryNode(["cat", "/var/lib/kubelet/config.yaml"]);
        assert.equal(config["w3"], config["w1"]);
        await cluster.reboot("w3");
        await cluster.reboot("cp1");
        await cluster.removeNode("w3");
        const left = await cluster.kubectl(["get", "nodes", "-o", "name"]);
        assert.equal(left, "node/cp1\nnode/w1\nnode/w2\n");
        assert.notEqual(await attach(), undefined);
    });

    it("leaves nothing behind", async () => {
        assert.notDeepEqual(differences(clean, inventory()), []);
        await downToNothing();
        assert.equal(await attach(), undefined);
    });

    for (const moment of MOMENTS) {
        it(`leaves nothing behind when up was killed at "${moment}"`, async () => {
            await killedAt(moment, "up");
            assert.equal(await attach(), undefined);
            await downToNothing();
        });
    }

    it("comes up with short-lived certificates and serverTLSBootstrap when it is asked to", async () => {
        const options = { workers: 1, signingDuration: "5m", serverTLSBootstrap: true };
        cluster = await up(options);
        assert.deepEqual({ ...cluster.options, ...options }, cluster.options);
        const manifest = "/etc/kubernetes/manifests/kube-controller-manager.yaml";
        const { stdout } = await cluster.exec("cp1", ["cat", manifest]);
        assert.match(stdout, /--cluster-signing-duration=5m/);
        for (const { name, ip } of cluster.nodes) {
            const config = await cluster.exec(name, ["cat", "/var/lib/kubelet/config.yaml"]);
            assert.match(config.stdout, /^serverTLSBootstrap: true$/m);
            assert.equal((await handshake(ip, 10250)).ok, false, "no certificate yet");
        }
    });
});
