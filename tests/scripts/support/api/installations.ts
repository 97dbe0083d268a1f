import { certificate } from "../certificates";
import type { KubeObject } from "./objects";

const NAME = "metrics-server";
const RBAC = "rbac.authorization.k8s.io/v1";
const APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Who installed metrics-server. */
export type Maker = "manifest" | "chart" | "kubespray";

export interface Shape {
    maker: Maker;
    /** With a CA that verifies the pods, instead of insecureSkipTLSVerify. */
    verified?: boolean;
    /** What every object carries beside. */
    marks?: { labels?: Record<string, string>; annotations?: Record<string, string> };
    /** The Service's port, as it was in earlier releases. */
    targetPort?: number | string;
}

export const OLD_CA = certificate({ subject: "/CN=old-ca", ca: true });

const POD_LABELS: Record<Maker, Record<string, string>> = {
    manifest: { "k8s-app": NAME },
    chart: { "app.kubernetes.io/name": NAME, "app.kubernetes.io/instance": NAME },
    kubespray: { "app.kubernetes.io/name": NAME, version: "v0.7.2" },
};

const LABELS: Record<Maker, Record<string, string>> = {
    manifest: { "k8s-app": NAME },
    chart: {
        "helm.sh/chart": "metrics-server-3.13.1",
        "app.kubernetes.io/name": NAME,
        "app.kubernetes.io/instance": NAME,
        "app.kubernetes.io/version": "0.8.1",
        "app.kubernetes.io/managed-by": "Helm",
    },
    kubespray: {
        "app.kubernetes.io/name": NAME,
        "addonmanager.kubernetes.io/mode": "Reconcile",
        version: "v0.7.2",
    },
};

const ANNOTATIONS: Record<Maker, Record<string, string>> = {
    manifest: { [APPLIED]: '{"a":1}\n' },
    chart: { "meta.helm.sh/release-name": NAME, "meta.helm.sh/release-namespace": "kube-system" },
    kubespray: { [APPLIED]: "{}" },
};

const MANAGER: Record<Maker, string> = {
    manifest: "kubectl-client-side-apply",
    chart: "helm",
    kubespray: "kubectl-client-side-apply",
};

/** All objects of an installation, its pods included. */
export function objectsOf(shape: Shape): KubeObject[] {
    const { maker, verified = false, targetPort = "https" } = shape;
    const make = (
        apiVersion: string,
        kind: string,
        name: string,
        more: object = {},
    ): KubeObject => ({
        apiVersion,
        kind,
        metadata: {
            name,
            labels: { ...LABELS[maker], ...shape.marks?.labels },
            annotations: { ...ANNOTATIONS[maker], ...shape.marks?.annotations },
            managedFields: [{ manager: MANAGER[maker] }],
        },
        ...more,
    });
    const reader =
        maker === "chart"
            ? "system:metrics-server-aggregated-reader"
            : "system:aggregated-metrics-reader";
    const release: KubeObject[] =
        maker === "chart"
            ? [
                  {
                      apiVersion: "v1",
                      kind: "Secret",
                      metadata: {
                          name: `sh.helm.release.v1.${NAME}.v1`,
                          labels: { owner: "helm", name: NAME },
                      },
                      data: { release: "SDRz" },
                  },
              ]
            : [];
    return [
        make("v1", "ServiceAccount", NAME),
        make(RBAC, "ClusterRole", "system:metrics-server", { rules: [] }),
        make(RBAC, "ClusterRole", reader, { rules: [] }),
        make(RBAC, "ClusterRoleBinding", "system:metrics-server"),
        make(RBAC, "ClusterRoleBinding", "metrics-server:system:auth-delegator"),
        make(RBAC, "RoleBinding", "metrics-server-auth-reader"),
        make("apps/v1", "Deployment", NAME, {
            spec: { replicas: 1, selector: { matchLabels: POD_LABELS[maker] } },
            status: { replicas: 1, updatedReplicas: 1, availableReplicas: 1 },
        }),
        ...podsOf(maker),
        make("v1", "Service", NAME, {
            spec: {
                clusterIP: "10.96.0.7",
                clusterIPs: ["10.96.0.7"],
                selector: POD_LABELS[maker],
                ports: [{ port: 443, protocol: "TCP", targetPort }],
            },
        }),
        make("apiregistration.k8s.io/v1", "APIService", "v1beta1.metrics.k8s.io", {
            spec: {
                group: "metrics.k8s.io",
                version: "v1beta1",
                groupPriorityMinimum: 100,
                versionPriority: 100,
                service: { name: NAME, namespace: "kube-system", port: 443 },
                ...(verified
                    ? { caBundle: Buffer.from(OLD_CA.certificate).toString("base64") }
                    : { insecureSkipTLSVerify: true }),
            },
            status: { conditions: [] },
        }),
        ...release,
    ];
}

function podsOf(maker: Maker): KubeObject[] {
    const labels = { ...POD_LABELS[maker], "pod-template-hash": "old" };
    const owned = (kind: string, name: string) => [{ kind, name, uid: "" }];
    return [
        {
            apiVersion: "apps/v1",
            kind: "ReplicaSet",
            metadata: {
                name: `${NAME}-old`,
                labels,
                ownerReferences: owned("Deployment", NAME),
            },
            spec: { replicas: 1 },
        },
        {
            apiVersion: "v1",
            kind: "Pod",
            metadata: {
                name: `${NAME}-old-1`,
                labels,
                ownerReferences: owned("ReplicaSet", `${NAME}-old`),
            },
            spec: { containers: [{ name: NAME, ports: [{ name: "https", containerPort: 4443 }] }] },
            status: { podIP: "127.0.0.2" },
            ca: OLD_CA.certificate,
        },
    ];
}
