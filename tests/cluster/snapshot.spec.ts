import assert from "node:assert/strict";
import { renameSync } from "node:fs";
import { skipIfLacking } from "../support/skip";
import { attach, type Cluster, down, requirements, up } from "./harness";
import {
    clusterNamespaces,
    differences,
    inventory,
    type Inventory,
    stillUsed,
} from "./harness/inventory";
import { isAtWork } from "./harness/host/processes";
import { initOf } from "./harness/node/machine";
import { STATE } from "./harness/paths";
import { endedCertificates } from "./harness/snapshot/certificates";
import { readSnapshot } from "./harness/snapshot/files";
import { killedAt } from "./support/killed";
import { runToEnd } from "./support/pods";
import { settled } from "./support/settled";

const CONFIG = "/var/lib/kubelet/config.yaml";
const API_SERVER = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const OPTIONS = { workers: 1, replace: true };

/** What lasts on a node: every file's content, mode, owner and time. */
const FILES = `
set -- /etc /root /home /usr/local ${CONFIG} /var/lib/kubelet/kubeadm-flags.env /var/lib/kubelet/pki
find "$@" -xdev ! -type d -printf '%p %m %U:%G %T@ %l\\n'
find "$@" -xdev -type f -exec sha256sum {} +`;

/** Objects that stay as they are when nobody changes them; and those that kubeadm has made before `up` is at its end. */
const KINDS =
    "configmaps,secrets,serviceaccounts,services,roles,rolebindings,clusterroles,clusterrolebindings";
const KUBEADM = "-n kube-system configmaps kubelet-config kubeadm-config".split(" ");

describe("the snapshot of a test cluster", function () {
    this.timeout(0);
    let cluster: Cluster;
    let clean: Inventory;

    before(async function () {
        skipIfLacking(this, requirements());
        await down();
        clean = await settled((now) => now.processes);
        cluster = await up(OPTIONS);
    });

    after(async () => {
        if ((cluster as Cluster | undefined) !== undefined) {
            await down();
        }
    });

    async function filesOf(node: string): Promise<string[]> {
        const { stdout } = await cluster.exec(node, ["sh", "-ec", FILES]);
        return stdout.split("\n").sort();
    }

    async function files(): Promise<Record<string, string[]>> {
        const all = cluster.nodes.map(async ({ name }) => [name, await filesOf(name)] as const);
        return Object.fromEntries(await Promise.all(all));
    }

    async function shell(node: string, script: string): Promise<string> {
        return (await cluster.exec(node, ["sh", "-ec", script])).stdout;
    }

    /** What runs on the nodes and would tell of a restart. */
    function processes(): Promise<string[]> {
        const look = "pgrep --list-name '^(kubelet|kube-.*|etcd|containerd|sshd)$'";
        return Promise.all(cluster.nodes.map(({ name }) => shell(name, look)));
    }

    /** One line an object, with these fields. */
    async function listed(fields: string[], ...objects: string[]): Promise<string[]> {
        const line = fields.map((field) => `{.${field}}`).join(" ");
        const jsonpath = `jsonpath={range .items[*]}${line}{"\\n"}{end}`;
        return (await cluster.kubectl(["get", ...objects, "--output", jsonpath])).split("\n");
    }

    function identities(...objects: string[]): Promise<string[]> {
        return listed(["metadata.name", "metadata.uid"], ...objects);
    }

    function versions(...objects: string[]): Promise<string[]> {
        return listed(["kind", "metadata.name", "metadata.resourceVersion"], ...objects);
    }

    it("is taken by up, and brings back the first minute, whatever was destroyed since", async () => {
        const before = {
            files: await files(),
            nodes: await identities("nodes"),
            kubeadm: await versions(...KUBEADM),
            records: cluster.nodes,
        };
        await cluster.addWorker("w2");
        await cluster.kubectl(["create", "configmap", "later"]);
        const garbage = JSON.stringify({ data: { kubelet: "garbage" } });
        await cluster.kubectl([
            ..."patch -n kube-system configmap kubelet-config --patch".split(" "),
            garbage,
        ]);
        await cluster.kubectl("delete -n kube-system configmap kubeadm-config".split(" "));
        await shell("w1", `echo garbage >${CONFIG}; rm -r /var/lib/kubelet/pki; touch /etc/later`);
        await cluster.powerOff("w1");
        await shell("cp1", `echo garbage >${API_SERVER}; echo garbage >${CONFIG}`);
        await shell("cp1", "systemctl kill --signal=KILL kubelet; pkill -KILL kube-apiserver");
        await assert.rejects(cluster.kubectl(["get", "nodes"]));

        await cluster.restore();

        assert.deepEqual(cluster.nodes, before.records);
        assert.notEqual(await attach(), undefined);
        assert.deepEqual(await files(), before.files);
        assert.deepEqual(await identities("nodes"), before.nodes);
        assert.deepEqual(await versions(...KUBEADM), before.kubeadm);
        await assert.rejects(cluster.kubectl(["get", "configmap", "later"]), /not found/);
        assert.match(await runToEnd(cluster, "speaker"), /^Kubernetes v1\./);
    });

    it("can be taken later, without a restart, and brings back a worker that was removed", async () => {
        await cluster.kubectl(["create", "configmap", "kept"]);
        const before = await processes();
        await cluster.snapshot();
        assert.deepEqual(await processes(), before);
        const objects = await versions("--all-namespaces", KINDS);
        const nodes = await identities("nodes");
        await cluster.removeNode("w1");
        await cluster.kubectl(["delete", "configmap", "kept"]);

        await cluster.restore();

        assert.deepEqual(await versions("--all-namespaces", KINDS), objects);
        assert.deepEqual(await identities("nodes"), nodes);
        assert.equal((await cluster.ssh("w1", "hostname")).stdout, "w1\n");
        assert.match(await runToEnd(cluster, "speaker"), /^Kubernetes v1\./);
    });

    it("stays when another one was cut short, and a restore that was cut short is done by the next one", async () => {
        const config = await shell("w1", `cat ${CONFIG}`);
        await killedAt("all nodes stand still", "snapshot");
        await killedAt("restoring the snapshot", "restore");
        assert.equal(await attach(), undefined, "it is not to be used");
        await cluster.restore();
        assert.notEqual(await attach(), undefined);
        assert.equal(await shell("w1", `cat ${CONFIG}`), config);
    });

    it("is refused when a kubelet's certificate has ended since", () => {
        const snapshot = readSnapshot();
        assert.ok(snapshot !== undefined);
        assert.deepEqual(endedCertificates(snapshot, new Date()), []);
        const ended = endedCertificates(snapshot, new Date("2999-01-01"));
        assert.equal(ended.length, 2);
        assert.match(ended[0] ?? "", /^the certificate of cp1's kubelet ended at 20\d\d-/);
        assert.match(ended[1] ?? "", /^the certificate of w1's kubelet ended at 20\d\d-/);
    });

    it("is missed before anything is changed", async () => {
        const aside = `${STATE.snapshot}.aside`;
        renameSync(STATE.snapshot, aside);
        try {
            const before = await processes();
            await assert.rejects(cluster.restore(), /this cluster has no snapshot: .*`up`/);
            assert.deepEqual(await processes(), before);
        } finally {
            renameSync(aside, STATE.snapshot);
        }
    });

    it("goes with the cluster, also when it is cut short and all nodes stand still", async () => {
        const namespaces = clusterNamespaces();
        await killedAt("all nodes stand still", "snapshot");
        assert.ok(!isAtWork(initOf("w1") ?? 0));
        assert.notDeepEqual(differences(clean, inventory()), []);
        await down();
        await settled((now) => [...differences(clean, now), ...stillUsed(namespaces)]);
        await assert.rejects(cluster.restore(), /no cluster is up/);
    });
});
