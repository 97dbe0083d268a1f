import assert from "node:assert/strict";
import { RELEASES } from "../../components/metrics-server/releases";
import { TlsVersion } from "../../index";
import { named } from "./support/find";
import { containerOf, metricsServerWith, podOf } from "./support/metricsServer";
import type { Recorded } from "./support/mocks";
import { KUBELET_CA } from "./support/certificates";
import type { Plain } from "./support/recorded";

const LABELS = {
    "k8s-app": "metrics-server",
    "app.kubernetes.io/managed-by": "secure-metrics-server",
    "app.kubernetes.io/part-of": "secure-metrics-server",
};

describe("the settings of MetricsServer", () => {
    it("go where they belong, and change nothing else", async () => {
        const before = await metricsServerWith({});
        const after = await metricsServerWith({
            kubernetesVersion: `1.${RELEASES[1].oldestMinor}`,
            imageRegistry: "mirror:5000/k8s",
            imagePullSecrets: ["pull"],
            replicas: 3,
            resources: { requests: { cpu: "200m" }, limits: { memory: "1Gi" } },
            tolerations: [{ operator: "Exists" }],
            nodeSelector: { pool: "infra" },
            affinity: { nodeAffinity: {} },
            priorityClassName: "high",
            hostNetwork: true,
            metricResolutionSeconds: 60,
            extraArgs: ["--v=4"],
            tlsMinVersion: TlsVersion.Tls12,
            tlsCipherSuites: ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
        });
        const others = (all: Recorded[]): Recorded[] =>
            all.filter(({ name }) => name !== "m-deployment" && name !== "m");
        const byName = (a: Recorded, b: Recorded): number => a.name.localeCompare(b.name);
        assert.deepEqual(others(after).sort(byName), others(before).sort(byName));

        const pod = podOf(after);
        const container = containerOf(after);
        const args = container["args"] as string[];
        assert.equal(
            container["image"],
            `mirror:5000/k8s/metrics-server/metrics-server:${RELEASES[1].version}`,
        );
        assert.deepEqual(pod["imagePullSecrets"], [{ name: "pull" }]);
        assert.deepEqual(container["resources"], {
            requests: { cpu: "200m" },
            limits: { memory: "1Gi" },
        });
        assert.deepEqual(pod["tolerations"], [{ operator: "Exists" }]);
        assert.deepEqual(pod["nodeSelector"], { pool: "infra" });
        assert.deepEqual(pod["affinity"], { nodeAffinity: {} });
        assert.equal(pod["priorityClassName"], "high");
        assert.equal(pod["hostNetwork"], true);
        assert.equal(pod["dnsPolicy"], "ClusterFirstWithHostNet");
        assert.deepEqual(container["ports"], [
            { name: "https", containerPort: 4443, protocol: "TCP" },
        ]);
        for (const flag of [
            "--secure-port=4443",
            "--metric-resolution=60s",
            "--tls-min-version=VersionTLS12",
            "--tls-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
        ]) {
            assert.ok(args.includes(flag), flag);
        }
        assert.equal(args.at(-1), "--v=4");
        const { initialDelaySeconds } = container["readinessProbe"] as Record<string, Plain>;
        assert.equal(initialDelaySeconds, 60, "it is ready after its second scrape");
    });

    it("replace a pod in the node's network only when it is gone, because its port is taken until then", async () => {
        const strategyOf = (all: Recorded[]): unknown => {
            const { spec } = named(all, "m-deployment").inputs as { spec: Record<string, Plain> };
            return spec["strategy"];
        };
        assert.deepEqual(strategyOf(await metricsServerWith({ hostNetwork: true })), {
            type: "RollingUpdate",
            rollingUpdate: { maxUnavailable: 1, maxSurge: 0 },
        });
    });

    it("give the kubelets' CA its own immutable ConfigMap, which the server then verifies them with", async () => {
        const all = await metricsServerWith({ kubeletCa: KUBELET_CA });
        assert.deepEqual(named(all, "m-kubelet-ca").inputs, {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { namespace: "kube-system", labels: LABELS },
            immutable: true,
            data: { "ca.crt": KUBELET_CA },
        });
        const args = containerOf(all)["args"] as string[];
        assert.deepEqual(
            args.filter((flag) => flag.includes("certificate-authority")),
            ["--kubelet-certificate-authority=/etc/metrics-server/kubelet-ca/ca.crt"],
        );
        assert.deepEqual((podOf(all)["volumes"] as Plain[]).at(-1), {
            name: "kubelet-ca",
            configMap: { name: "m-kubelet-ca-0a1b2c3d" },
        });
    });
});
