import { BUDGETS, found, notYet, until } from "./budgets";
import type { Cluster } from "./cluster";
import { METRICS_SERVER_IMAGE } from "./versions";

const NAMESPACE = "kube-system";
const NAME = "metrics-server";
const LABELS = { "k8s-app": NAME };
const RBAC = "rbac.authorization.k8s.io";

/**
 * Installs metrics-server as it is installed on stock clusters, with both TLS checks off, and waits until it has seen all
 * nodes. It shows that the cluster's network works where this package needs it; the package itself never does it this way.
 */
export async function stockMetricsServer(cluster: Cluster): Promise<void> {
    const list = { apiVersion: "v1", kind: "List", items: [...access(), ...workload()] };
    await cluster.kubectl(["apply", "-f", "-"], { input: JSON.stringify(list) });
    await until("metrics of all nodes", BUDGETS.workload, async () => {
        const answer = await cluster.kubectl(["get", "--raw=/apis/metrics.k8s.io/v1beta1/nodes"]);
        const { items } = JSON.parse(answer) as { items: unknown[] };
        return items.length === cluster.nodes.length ? found(true) : notYet(answer);
    });
}

function access(): object[] {
    const subjects = [{ kind: "ServiceAccount", name: NAME, namespace: NAMESPACE }];
    const role = (kind: string, name: string): object => ({ apiGroup: RBAC, kind, name });
    const binding = { apiVersion: `${RBAC}/v1`, kind: "ClusterRoleBinding", subjects };
    return [
        { apiVersion: "v1", kind: "ServiceAccount", metadata: named(NAME) },
        {
            apiVersion: `${RBAC}/v1`,
            kind: "ClusterRole",
            metadata: { name: "system:metrics-server" },
            rules: [
                { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
                { apiGroups: [""], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] },
            ],
        },
        {
            ...binding,
            metadata: { name: "system:metrics-server" },
            roleRef: role("ClusterRole", "system:metrics-server"),
        },
        {
            ...binding,
            metadata: { name: "metrics-server:system:auth-delegator" },
            roleRef: role("ClusterRole", "system:auth-delegator"),
        },
        {
            ...binding,
            kind: "RoleBinding",
            metadata: named("metrics-server-auth-reader"),
            roleRef: role("Role", "extension-apiserver-authentication-reader"),
        },
    ];
}

function workload(): object[] {
    const container = {
        name: NAME,
        image: METRICS_SERVER_IMAGE,
        args: [
            "--cert-dir=/tmp",
            "--secure-port=10250",
            "--kubelet-preferred-address-types=InternalIP",
            "--kubelet-insecure-tls",
            "--metric-resolution=15s",
        ],
        volumeMounts: [{ name: "tmp", mountPath: "/tmp" }],
        securityContext: { readOnlyRootFilesystem: true, runAsNonRoot: true },
    };
    const pod = {
        serviceAccountName: NAME,
        containers: [container],
        volumes: [{ name: "tmp", emptyDir: {} }],
    };
    return [
        {
            apiVersion: "v1",
            kind: "Service",
            metadata: named(NAME),
            spec: { selector: LABELS, ports: [{ port: 443, targetPort: 10250 }] },
        },
        {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: named(NAME),
            spec: {
                selector: { matchLabels: LABELS },
                template: { metadata: { labels: LABELS }, spec: pod },
            },
        },
        {
            apiVersion: "apiregistration.k8s.io/v1",
            kind: "APIService",
            metadata: { name: "v1beta1.metrics.k8s.io" },
            spec: {
                service: { name: NAME, namespace: NAMESPACE },
                group: "metrics.k8s.io",
                version: "v1beta1",
                insecureSkipTLSVerify: true,
                groupPriorityMinimum: 100,
                versionPriority: 100,
            },
        },
    ];
}

function named(name: string): object {
    return { name, namespace: NAMESPACE };
}
