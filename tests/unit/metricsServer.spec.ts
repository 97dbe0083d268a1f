import assert from "node:assert/strict";
import { MetricsServer } from "../../index";
import { base64 } from "../../components/shared/pem";
import { DEFAULT_IMAGE, METRICS_SERVER } from "./support/fixtures";
import { named, waitsFor } from "./support/find";
import { containerOf, metricsServerWith, podOf } from "./support/metricsServer";
import { record, valueOf, type Recorded } from "./support/mocks";
import { secret, type Plain } from "./support/recorded";

// What upstream's manifests say (kustomize, manifests/overlays/release), and beside it only what is named here:
// the label of the owner, a verified kubelet, a verified server, and two pods that replace each other without a gap.

const LABELS = {
    "k8s-app": "metrics-server",
    "app.kubernetes.io/managed-by": "secure-metrics-server",
    "app.kubernetes.io/part-of": "secure-metrics-server",
};
const RBAC = "rbac.authorization.k8s.io";
const SUBJECTS = [{ kind: "ServiceAccount", name: "metrics-server", namespace: "kube-system" }];
const METADATA = { name: "metrics-server", namespace: "kube-system", labels: LABELS };

function binding(kind: string, metadata: Plain, roleKind: string, role: string): Plain {
    return {
        apiVersion: `${RBAC}/v1`,
        kind,
        metadata,
        roleRef: { apiGroup: RBAC, kind: roleKind, name: role },
        subjects: SUBJECTS,
    };
}

describe("MetricsServer", () => {
    let resources: Recorded[] = [];
    before(async () => {
        resources = await metricsServerWith({});
    });
    const inputsOf = (name: string): Record<string, Plain> => named(resources, name).inputs;

    it("has upstream's ServiceAccount", () => {
        assert.deepEqual(inputsOf("m-service-account"), {
            apiVersion: "v1",
            kind: "ServiceAccount",
            metadata: METADATA,
        });
    });

    it("lets those who may view, edit or administer a namespace read metrics, as upstream", () => {
        assert.deepEqual(inputsOf("m-aggregated-reader"), {
            apiVersion: `${RBAC}/v1`,
            kind: "ClusterRole",
            metadata: {
                name: "system:aggregated-metrics-reader",
                labels: {
                    ...LABELS,
                    [`${RBAC}/aggregate-to-admin`]: "true",
                    [`${RBAC}/aggregate-to-edit`]: "true",
                    [`${RBAC}/aggregate-to-view`]: "true",
                },
            },
            rules: [
                {
                    apiGroups: ["metrics.k8s.io"],
                    resources: ["pods", "nodes"],
                    verbs: ["get", "list", "watch"],
                },
            ],
        });
    });

    it("may do what upstream may, and nothing more", () => {
        assert.deepEqual(inputsOf("m-role"), {
            apiVersion: `${RBAC}/v1`,
            kind: "ClusterRole",
            metadata: { name: "system:metrics-server", labels: LABELS },
            rules: [
                { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
                { apiGroups: [""], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] },
            ],
        });
    });

    it("has upstream's three bindings", () => {
        assert.deepEqual(
            inputsOf("m-auth-reader"),
            binding(
                "RoleBinding",
                { name: "metrics-server-auth-reader", namespace: "kube-system", labels: LABELS },
                "Role",
                "extension-apiserver-authentication-reader",
            ),
        );
        assert.deepEqual(
            inputsOf("m-auth-delegator"),
            binding(
                "ClusterRoleBinding",
                { name: "metrics-server:system:auth-delegator", labels: LABELS },
                "ClusterRole",
                "system:auth-delegator",
            ),
        );
        assert.deepEqual(
            inputsOf("m-binding"),
            binding(
                "ClusterRoleBinding",
                { name: "system:metrics-server", labels: LABELS },
                "ClusterRole",
                "system:metrics-server",
            ),
        );
    });

    it("has upstream's Service, for whose endpoints the provider does not wait", () => {
        assert.deepEqual(inputsOf("m-service"), {
            apiVersion: "v1",
            kind: "Service",
            metadata: { ...METADATA, annotations: { "pulumi.com/skipAwait": "true" } },
            spec: {
                ports: [
                    {
                        name: "https",
                        port: 443,
                        protocol: "TCP",
                        targetPort: "https",
                        appProtocol: "https",
                    },
                ],
                selector: { "k8s-app": "metrics-server" },
            },
        });
    });

    it("has upstream's APIService, but with a caBundle and without a way to skip it", () => {
        assert.deepEqual(inputsOf("m-api-service"), {
            apiVersion: "apiregistration.k8s.io/v1",
            kind: "APIService",
            metadata: { name: "v1beta1.metrics.k8s.io", labels: LABELS },
            spec: {
                group: "metrics.k8s.io",
                version: "v1beta1",
                groupPriorityMinimum: 100,
                versionPriority: 100,
                service: { name: "metrics-server", namespace: "kube-system", port: 443 },
                caBundle: METRICS_SERVER.caBundle as string,
            },
        });
    });

    it("keeps one pod while nodes are drained, as upstream's high-availability manifests", () => {
        assert.deepEqual(inputsOf("m-disruption-budget"), {
            apiVersion: "policy/v1",
            kind: "PodDisruptionBudget",
            metadata: METADATA,
            spec: { minAvailable: 1, selector: { matchLabels: { "k8s-app": "metrics-server" } } },
        });
    });

    it("keeps its certificate in an immutable Secret without a name of its own: a new one is a new Secret", () => {
        assert.deepEqual(inputsOf("m-tls"), {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { namespace: "kube-system", labels: LABELS },
            type: "kubernetes.io/tls",
            immutable: true,
            data: secret({
                "tls.crt": base64(METRICS_SERVER.certificatePem as string),
                "tls.key": base64(METRICS_SERVER.privateKeyPem as string),
            }),
        });
    });

    it("replaces a pod only when its successor is ready, and selects its pods as upstream does", () => {
        const { metadata, spec } = inputsOf("m-deployment") as Record<
            string,
            Record<string, Plain>
        >;
        assert.deepEqual(metadata, METADATA);
        assert.equal(spec?.["replicas"], 2);
        assert.deepEqual(spec["selector"], { matchLabels: { "k8s-app": "metrics-server" } });
        assert.deepEqual(spec["strategy"], {
            type: "RollingUpdate",
            rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
        });
    });

    it("runs upstream's container, with a verified kubelet and a verified server", () => {
        assert.deepEqual(containerOf(resources), {
            name: "metrics-server",
            image: DEFAULT_IMAGE,
            imagePullPolicy: "IfNotPresent",
            args: [
                "--cert-dir=/tmp",
                "--secure-port=10250",
                "--kubelet-preferred-address-types=InternalIP,ExternalIP,Hostname",
                "--kubelet-use-node-status-port",
                "--metric-resolution=15s",
                "--kubelet-certificate-authority=/var/run/secrets/kubernetes.io/serviceaccount/ca.crt",
                "--tls-cert-file=/etc/metrics-server/tls/tls.crt",
                "--tls-private-key-file=/etc/metrics-server/tls/tls.key",
                "--tls-min-version=VersionTLS13",
                "--profiling=false",
                "--shutdown-delay-duration=10s",
            ],
            ports: [{ name: "https", containerPort: 10250, protocol: "TCP" }],
            readinessProbe: {
                httpGet: { path: "/readyz", port: "https", scheme: "HTTPS" },
                initialDelaySeconds: 15,
                periodSeconds: 1,
                failureThreshold: 30,
            },
            livenessProbe: {
                httpGet: { path: "/livez", port: "https", scheme: "HTTPS" },
                periodSeconds: 10,
                failureThreshold: 3,
            },
            resources: { requests: { cpu: "100m", memory: "200Mi" } },
            securityContext: {
                allowPrivilegeEscalation: false,
                readOnlyRootFilesystem: true,
                runAsNonRoot: true,
                runAsUser: 1000,
                seccompProfile: { type: "RuntimeDefault" },
                capabilities: { drop: ["ALL"] },
            },
            volumeMounts: [
                { name: "tmp-dir", mountPath: "/tmp" },
                { name: "tls", mountPath: "/etc/metrics-server/tls", readOnly: true },
            ],
        });
    });

    it("runs upstream's pod, which reads the Secret as a folder that its group may read", () => {
        const { containers, affinity, ...pod } = podOf(resources);
        assert.ok(Array.isArray(containers) && containers.length === 1 && affinity !== undefined);
        assert.deepEqual(pod, {
            serviceAccountName: "metrics-server",
            priorityClassName: "system-cluster-critical",
            nodeSelector: { "kubernetes.io/os": "linux" },
            securityContext: { fsGroup: 1000 },
            volumes: [
                { name: "tmp-dir", emptyDir: {} },
                { name: "tls", secret: { secretName: "m-tls-0a1b2c3d", defaultMode: 0o440 } },
            ],
        });
    });

    it("prefers different nodes and does not insist, or a roll-out could never end on few nodes", () => {
        const affinity = JSON.stringify(podOf(resources)["affinity"]);
        assert.match(affinity, /"preferredDuringSchedulingIgnoredDuringExecution"/);
        assert.doesNotMatch(affinity, /"requiredDuring/);
    });

    it("makes all that leads to the APIService at once, but the pods after their permissions", () => {
        const { dependsOn } = named(resources, "m-api-service");
        assert.ok(dependsOn.includes("m-deployment") && dependsOn.includes("m-service"));
        for (const { name, custom } of resources) {
            const before = [...waitsFor(resources, name)].filter((each) => each !== "m");
            const leads = custom && !["m-deployment", "m-api-service"].includes(name);
            assert.ok(!leads || before.length === 0, `${name} waits for ${before.join()}`);
        }
        assert.deepEqual(named(resources, "m-deployment").dependsOn, [
            "m-aggregated-reader",
            "m-auth-delegator",
            "m-auth-reader",
            "m-binding",
            "m-role",
            "m-service-account",
            "m-tls",
        ]);
    });

    it("says what was made", async () => {
        const { result } = await record(() => new MetricsServer("m", METRICS_SERVER));
        assert.equal(await valueOf(result.image), DEFAULT_IMAGE);
        assert.equal(await valueOf(result.serviceName), "metrics-server.kube-system.svc");
        assert.equal(await valueOf(result.apiServiceName), "v1beta1.metrics.k8s.io");
        assert.equal(await valueOf(result.caBundle), METRICS_SERVER.caBundle);
    });
});
