import assert from "node:assert/strict";
import { join } from "node:path";
import type { Cluster } from "../cluster/harness";
import { kubelets } from "../support/observe";
import { HOST_KEYS } from "../unit/support/fixtures";
import { configOf, shell, writeConfig } from "./support/faults";
import { leftovers } from "./support/leftovers";
import { nodesOf, TestStack, type ConfiguredNode, type Run } from "./support/stack";
import { clusterOrSkip } from "./support/tier";

const CONFIG = "/var/lib/kubelet/config.yaml";
const PKI = "/etc/kubernetes/pki";

describe("what is looked for before the first change, with the real engine", function () {
    let cluster: Cluster;
    let stack: TestStack;
    const stock: Record<string, string> = {};

    before(async function () {
        cluster = await clusterOrSkip(this);
        for (const { name } of cluster.nodes) {
            stock[name] = await configOf(cluster, name);
        }
        const program = join(__dirname, "programs", "preflight");
        stack = await TestStack.create(cluster, "preflight", {}, program);
    });

    after(async () => {
        if (!(stack as TestStack | undefined)) return;
        await mend();
        await stack.destroy();
        stack.remove();
    });

    /** No command but the preflight's was even tried. */
    function triedOnlyToLook({ changes }: Run): void {
        const commands = changes.filter(({ type }) => type.startsWith("command:"));
        assert.ok(commands.every(({ name }) => name === "metrics-preflight"));
    }

    it("names every node that is not ready, with what to do, at once, and changes nothing", async () => {
        await breakMuch();
        await shell(cluster, "w1", "mv /usr/bin/flock /usr/bin/flock.kept");
        const processes = await kubelets(cluster);
        const ghost: ConfiguredNode = { host: "192.0.2.9", hostKey: HOST_KEYS.w3 };
        await stack.setNodes({ ...nodesOf(cluster), ghost });
        const run = await stack.up();
        const said = run.output + (run.error ?? "");
        for (const line of [
            /3 nodes are not ready; nothing was changed:/,
            /- ghost: .*; expected .*next: /,
            /- w1: "missing tools: flock; expected .*; next: /,
            /- w2: "\/var\/lib\/kubelet\/config\.yaml has tlsCertFile, .*; expected .*; next: /,
        ]) {
            assert.match(said, line);
        }
        assert.doesNotMatch(said, /- cp1: /);
        triedOnlyToLook(run);
        assert.deepEqual(await kubelets(cluster), processes);
        await shell(cluster, "w1", "mv /usr/bin/flock.kept /usr/bin/flock");
    });

    it("names a node whose addresses are not the ones of `nodes`", async () => {
        const nodes = nodesOf(cluster);
        const w1 = nodes["w1"];
        assert.ok(w1);
        await stack.setNodes({ ...nodes, w1: { ...w1, addresses: ["10.99.9.9"] } });
        const run = await stack.up();
        assert.match(
            run.output + (run.error ?? ""),
            /- w1: "this host has the addresses .*; expected one of: .*10\.99\.9\.9/,
        );
        triedOnlyToLook(run);
    });

    it("reports everything that is wrong with the cluster at once, each with what to do, and changes nothing", async () => {
        await restoreNode("w2");
        const processes = await kubelets(cluster);
        await stack.setNodes(nodesOf(cluster));
        const run = await stack.up();
        assert.match(run.error ?? "", /metrics-preflight/);
        const said = run.output + (run.error ?? "");
        for (const finding of [
            /nodes\.w1: the kubelet's authentication\.webhook is off.*next: /,
            /front-proxy-client\.crt ends within a week.*next: kubeadm certs renew/,
            /NetworkPolicies of kube-system keep the API server from metrics-server's pods: deny-all;.*next: /,
            /metrics-server or its API is there already:.*apiservice.*serviceaccount.*next: /,
            /nothing was changed/,
        ]) {
            assert.match(said, finding);
        }
        assert.doesNotMatch(said, /nodes\.cp1:/);
        triedOnlyToLook(run);
        assert.deepEqual(await kubelets(cluster), processes);
    });

    it("passes once it is mended, does nothing else, and deletes nothing when it goes", async () => {
        await mend();
        await stack.setNodes(nodesOf(cluster));
        const processes = await kubelets(cluster);
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual(
            run.changes
                .filter(({ type }) => !/^(pulumi|secure-metrics-server):/.test(type))
                .map(({ name }) => name),
            ["metrics-preflight"],
        );
        const outputs = await stack.stack.outputs();
        assert.match(String(outputs["kubernetesVersion"]?.value), /^v1\.\d+\.\d+/);
        assert.equal(outputs["nodeCount"]?.value, cluster.nodes.length);
        assert.deepEqual((await stack.preview()).changes, []);
        assert.equal((await stack.destroy()).error, undefined);
        assert.deepEqual(await kubelets(cluster), processes);
        assert.deepEqual(await leftovers(cluster), []);
        for (const { name } of cluster.nodes) {
            assert.equal(await configOf(cluster, name), stock[name], name);
        }
    });

    /** A kubelet that refuses tokens, one with a certificate of its own, a front proxy that ends soon, and somebody else's API. */
    async function breakMuch(): Promise<void> {
        await shell(
            cluster,
            "w1",
            `sed -i '/^  webhook:/,/enabled:/s/enabled: true/enabled: false/' ${CONFIG}; systemctl restart kubelet`,
        );
        await shell(
            cluster,
            "w2",
            `openssl req -x509 -newkey rsa:2048 -nodes -subj /CN=own -days 2 -keyout /etc/kubernetes/own.key -out /etc/kubernetes/own.crt 2>/dev/null
            printf 'tlsCertFile: /etc/kubernetes/own.crt\\ntlsPrivateKeyFile: /etc/kubernetes/own.key\\n' >>${CONFIG}; systemctl restart kubelet`,
        );
        await shell(
            cluster,
            "cp1",
            `cd ${PKI}; cp -p front-proxy-client.crt front-proxy-client.crt.kept
            openssl x509 -x509toreq -in front-proxy-client.crt -signkey front-proxy-client.key -out /run/proxy.csr 2>/dev/null
            openssl x509 -req -in /run/proxy.csr -CA front-proxy-ca.crt -CAkey front-proxy-ca.key -CAcreateserial -days 3 -out front-proxy-client.crt 2>/dev/null
            rm -f front-proxy-ca.srl /run/proxy.csr`,
        );
        const service = { name: "somebody-else", namespace: "kube-system" };
        const objects: object[] = [
            {
                apiVersion: "v1",
                kind: "ServiceAccount",
                metadata: { name: "metrics-server", namespace: "kube-system" },
            },
            {
                apiVersion: "apiregistration.k8s.io/v1",
                kind: "APIService",
                metadata: { name: "v1beta1.metrics.k8s.io" },
                spec: {
                    group: "metrics.k8s.io",
                    version: "v1beta1",
                    groupPriorityMinimum: 100,
                    versionPriority: 100,
                    service,
                },
            },
        ];
        objects.push(denyAll());
        const list = JSON.stringify({ apiVersion: "v1", kind: "List", items: objects });
        await cluster.kubectl(["apply", "-f", "-"], { input: list });
    }

    function denyAll(): object {
        return {
            apiVersion: "networking.k8s.io/v1",
            kind: "NetworkPolicy",
            metadata: { name: "deny-all", namespace: "kube-system" },
            spec: { podSelector: {}, policyTypes: ["Ingress"] },
        };
    }

    function restoreNode(node: string): Promise<void> {
        return writeConfig(cluster, node, stock[node] ?? "");
    }

    async function mend(): Promise<void> {
        await restoreNode("w1");
        await restoreNode("w2");
        await shell(
            cluster,
            "w1",
            "[ ! -e /usr/bin/flock.kept ] || mv /usr/bin/flock.kept /usr/bin/flock",
        );
        await shell(cluster, "w2", "rm -f /etc/kubernetes/own.crt /etc/kubernetes/own.key");
        await shell(
            cluster,
            "cp1",
            `cd ${PKI}; [ ! -e front-proxy-client.crt.kept ] || mv -f front-proxy-client.crt.kept front-proxy-client.crt`,
        );
        const gone = [
            "apiservice/v1beta1.metrics.k8s.io",
            "serviceaccount/metrics-server",
            "networkpolicy/deny-all",
        ];
        await cluster.kubectl(["delete", "-n", "kube-system", "--ignore-not-found", ...gone]);
    }
});
