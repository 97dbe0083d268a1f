import assert from "node:assert/strict";
import type { Cluster } from "../cluster/harness";
import { BUDGETS, found, notYet, until } from "../cluster/harness/budgets";
import { TestStack, type Run, type Settings } from "./support/stack";
import { backToStock, clusterOrSkip } from "./support/tier";

const PKI = "/etc/kubernetes/pki";
const CA = `${PKI}/ca.crt`;
const COPY = "/etc/kubernetes/kubelet-ca-copy.crt";
const SELECTOR = ["-n", "kube-system", "-l", "k8s-app=metrics-server"];
const NODES = "/apis/metrics.k8s.io/v1beta1/nodes";

interface Pod {
    metadata: { labels: Record<string, string>; annotations?: Record<string, string> };
    spec: {
        nodeName: string;
        schedulerName: string;
        volumes: { name: string; hostPath?: { path: string; type: string } }[];
        containers: { args: string[] }[];
    };
    status: { podIP: string };
}

describe("where metrics-server runs and what it is told, with the real engine", function () {
    let cluster: Cluster;
    let stack: TestStack;
    let first: string;

    before(async function () {
        cluster = await clusterOrSkip(this);
        first = cluster.nodes[0]?.name ?? "";
        stack = await TestStack.create(cluster, "placement", settings({}));
    });

    after(async () => {
        if (!(stack as TestStack | undefined)) return;
        await backToStock(cluster, stack);
    });

    function settings(metricsServer: Settings): Settings {
        const onControlPlanes = { placement: "controlPlane", kubeletCaHostPath: CA };
        return { onRemove: "revert", metricsServer: { ...onControlPlanes, ...metricsServer } };
    }

    /** What a script of root's prints on the first control plane. */
    async function onFirst(script: string): Promise<string> {
        return (await cluster.exec(first, ["sh", "-ec", script])).stdout;
    }

    async function up(metricsServer: Settings): Promise<Run> {
        await stack.setObject("settings", settings(metricsServer));
        return stack.up();
    }

    async function succeeds(metricsServer: Settings): Promise<Run> {
        const run = await up(metricsServer);
        assert.equal(run.error, undefined, run.error);
        return run;
    }

    /** The pods of the last roll-out, when those before it are gone. */
    async function pods(): Promise<Pod[]> {
        const count = Math.min(2, controlPlanes().length);
        return until("the former pods to end", BUDGETS.workload, async () => {
            const text = await cluster.kubectl(["get", "pods", ...SELECTOR, "-o", "json"]);
            const { items } = JSON.parse(text) as { items: Pod[] };
            return items.length === count ? found(items) : notYet(`${items.length} pods`);
        });
    }

    async function listed(): Promise<string[]> {
        const answer = await cluster.kubectl(["get", "--raw", NODES]);
        const { items } = JSON.parse(answer) as { items: { metadata: { name: string } }[] };
        return items.map(({ metadata }) => metadata.name).sort();
    }

    const controlPlanes = (): string[] =>
        cluster.nodes.filter(({ role }) => role === "controlPlane").map(({ nodeName }) => nodeName);
    const allNodes = (): string[] => cluster.nodes.map(({ nodeName }) => nodeName).sort();

    it("runs on control planes only, with their CA's certificate as a single file beside no key", async () => {
        await succeeds({ kubeletPreferredAddressTypes: ["ExternalIP", "InternalIP"] });
        const running = await pods();
        for (const { spec } of running) {
            assert.ok(controlPlanes().includes(spec.nodeName));
            assert.deepEqual(
                spec.volumes.filter(({ hostPath }) => hostPath).map(({ hostPath }) => hostPath),
                [{ path: CA, type: "File" }],
            );
            const args = spec.containers[0]?.args ?? [];
            assert.ok(args.includes("--kubelet-preferred-address-types=ExternalIP,InternalIP"));
        }
        const seen = await onFirst(
            'for p in /proc/[0-9]*; do [ "$(cat $p/comm 2>/dev/null)" != metrics-server ] || ls $p/root/etc/metrics-server/kubelet-ca $p/root/etc/kubernetes 2>&1 || :; done',
        );
        assert.match(seen, /kubelet-ca:\s+ca\.crt\s/);
        assert.doesNotMatch(seen, /ca\.key/);
        assert.deepEqual(await listed(), allNodes());
        assert.deepEqual((await stack.preview({ refresh: true })).changes, []);
    });

    it("says before anything changes that the file can be read by root only", async () => {
        await onFirst(`install -m 0600 ${CA} ${COPY}`);
        const run = await up({ kubeletCaHostPath: COPY });
        const said = run.output + (run.error ?? "");
        assert.match(said, /kubelet-ca-copy\.crt on .* cannot be read by everybody; expected/);
        assert.ok(!run.changes.some(({ name }) => name.endsWith("-deployment")));
        assert.deepEqual(await listed(), allNodes());
    });

    it("finds in the handshakes that the file has another CA, and leaves metrics-server as it is", async () => {
        await onFirst(`install -m 0644 ${PKI}/front-proxy-ca.crt ${COPY}`);
        const run = await up({ kubeletCaHostPath: COPY });
        const said = run.output + (run.error ?? "");
        assert.match(
            said,
            /the kubelet of node .* does not verify: .*; expected a certificate iss/,
        );
        assert.ok(!run.changes.some(({ name }) => name.endsWith("-deployment")));
        assert.deepEqual(await listed(), allNodes());
    });

    it("waits for the nodes that --node-selector selects, and names the others", async () => {
        const last = cluster.nodes.at(-1)?.nodeName ?? "";
        await cluster.kubectl(["label", "node", last, "pool=edge"]);
        const run = await succeeds({ extraArgs: ["--node-selector=pool!=edge"] });
        assert.match(run.output, new RegExp(`leaves nodes out, which have no metrics: ${last}`));
        await pods();
        await until("the node to be left out", BUDGETS.workload, async () => {
            const nodes = await listed();
            return nodes.includes(last) ? notYet(nodes.join()) : found(undefined);
        });
    });

    it("takes what the chart's users set, and a second look finds nothing to change", async () => {
        await succeeds({
            commonLabels: { team: "platform" },
            podLabels: { cost: "7" },
            podAnnotations: { note: "on pods" },
            deploymentAnnotations: { note: "on the Deployment" },
            serviceAnnotations: { note: "on the Service" },
            apiServiceAnnotations: { note: "on the APIService" },
            serviceAccountAnnotations: { note: "on the ServiceAccount" },
            topologySpreadConstraints: [{ topologyKey: "kubernetes.io/hostname" }],
            revisionHistoryLimit: 2,
            dnsConfig: { options: [{ name: "ndots", value: "1" }] },
            schedulerName: "default-scheduler",
            extraVolumes: { log: { mountPath: "/audit", emptyDir: true } },
            extraArgs: ["--audit-log-path=/audit/log"],
        });
        const [pod] = await pods();
        assert.equal(pod?.metadata.labels["cost"], "7");
        assert.equal(pod.metadata.annotations?.["note"], "on pods");
        const objects = ["deployment", "service", "serviceaccount", "clusterrole"];
        for (const kind of objects) {
            const words = ["get", kind, "-n", "kube-system", "-l", "team=platform", "-o", "name"];
            assert.notEqual(await cluster.kubectl(words), "", kind);
        }
        assert.deepEqual((await stack.preview({ refresh: true })).changes, []);
    });

    describe("and is told whom to believe", () => {
        let frontProxyCa: string;
        before(async () => {
            frontProxyCa = await onFirst(`cat ${PKI}/front-proxy-ca.crt`);
        });

        /** What metrics-server itself answers a proxy that shows a certificate of a CA and speaks for the administrator. */
        async function answerTo(ca: string, name: string): Promise<string> {
            const [pod] = await pods();
            const at = `${pod?.status.podIP ?? ""}:10250`;
            const lines = [
                `mkdir -p /root/proxy && cd /root/proxy`,
                `openssl req -newkey rsa:2048 -nodes -keyout key -subj /CN=${name} -out csr 2>/dev/null`,
                `printf 'extendedKeyUsage=clientAuth\\n' >ext`,
                `openssl x509 -req -in csr -CA ${ca}.crt -CAkey ${ca}.key -set_serial 7 -days 1 -extfile ext -out crt 2>/dev/null`,
                `{ printf 'GET ${NODES} HTTP/1.1\\r\\nHost: m\\r\\nConnection: close\\r\\nX-Remote-User: kubernetes-admin\\r\\nX-Remote-Group: kubeadm:cluster-admins\\r\\n\\r\\n'; sleep 2; } | timeout 10 openssl s_client -quiet -connect ${at} -cert crt -key key 2>/dev/null | head -n 1`,
            ];
            return (await onFirst(lines.join("\n"))).trim();
        }

        it("is refused before anything changes when that is not who asks", async () => {
            const other = await onFirst(`cat ${PKI}/etcd/ca.crt`);
            const wrongCa = await up({
                requestHeader: { clientCa: other, allowedNames: ["front-proxy-client"] },
            });
            assert.match(
                wrongCa.output + (wrongCa.error ?? ""),
                /front-proxy-client\.crt was not issued by metricsServer\.requestHeader\.clientCa/,
            );
            const wrongName = await up({
                requestHeader: { clientCa: frontProxyCa, allowedNames: ["another"] },
            });
            assert.match(
                wrongName.output + (wrongName.error ?? ""),
                /front-proxy-client\.crt is for "front-proxy-client", and .* has "another"; expected/,
            );
            assert.deepEqual(await listed(), allNodes());
        });

        it("believes the API server's proxy, and neither another name nor another CA", async () => {
            const clientCa = await onFirst(`cat ${CA}`);
            await succeeds({
                requestHeader: { clientCa: frontProxyCa, allowedNames: ["front-proxy-client"] },
                clientCa,
            });
            assert.deepEqual(await listed(), allNodes());
            const proxy = `${PKI}/front-proxy-ca`;
            assert.match(await answerTo(proxy, "front-proxy-client"), / 200 /);
            assert.match(await answerTo(proxy, "another"), / 401 /);
            assert.match(await answerTo(`${PKI}/etcd/ca`, "front-proxy-client"), / 401 /);
        });

        it("starts without a right to the ConfigMap that says so otherwise", async () => {
            const binding = ["rolebinding", "metrics-server-auth-reader", "-n", "kube-system"];
            await cluster.kubectl(["delete", ...binding]);
            const [before] = await pods();
            await cluster.kubectl(["delete", "pods", ...SELECTOR]);
            await until("a pod that serves", BUDGETS.workload, async () => {
                const nodes = await listed();
                return nodes.length === allNodes().length ? found(nodes) : notYet(nodes.join());
            });
            const [after] = await pods();
            assert.notEqual(after?.status.podIP, before?.status.podIP);
            await stack.refresh();
            const run = await stack.up();
            assert.equal(run.error, undefined, run.error);
            assert.match(await cluster.kubectl(["get", ...binding, "-o", "name"]), /auth-reader/);
        });
    });
});
