import type { Input, Output } from "@pulumi/pulumi";
import type { input } from "@pulumi/kubernetes/types";
import { INJECT_FROM } from "../cert-manager/names";
import { NAMESPACE, OWNER } from "../shared/owner";
import { deploymentSpec, type DeploymentSettings } from "./deploymentSpec";
import type { UnhealthyPodEvictionPolicy } from "./podArgs";
import { knownAfter } from "./waits";

/** The name that upstream uses for every object, and that the certificate is made for. */
export const NAME = "metrics-server";
/** The APIService's name is given by its version and group. */
export const API_SERVICE = "v1beta1.metrics.k8s.io";

const LABELS = { "k8s-app": NAME };
/** The labels of every object of the package. */
export const OBJECT_LABELS = { ...LABELS, ...OWNER };
const SUBJECT = { kind: "ServiceAccount", name: NAME, namespace: NAMESPACE };
const RBAC = "rbac.authorization.k8s.io";

/** Metadata of an object that the package owns. */
function metadata(name: string, namespace?: string, labels?: Record<string, string>) {
    return {
        name,
        ...(namespace !== undefined && { namespace }),
        labels: { ...OBJECT_LABELS, ...labels },
    } satisfies input.meta.v1.ObjectMeta;
}

export function serviceAccount() {
    return { metadata: metadata(NAME, NAMESPACE) };
}

/** Lets everybody who may view, edit or administer a namespace read its metrics. */
export function aggregatedReaderRole() {
    return {
        metadata: metadata("system:aggregated-metrics-reader", undefined, {
            [`${RBAC}/aggregate-to-admin`]: "true",
            [`${RBAC}/aggregate-to-edit`]: "true",
            [`${RBAC}/aggregate-to-view`]: "true",
        }),
        rules: [
            {
                apiGroups: ["metrics.k8s.io"],
                resources: ["pods", "nodes"],
                verbs: ["get", "list", "watch"],
            },
        ],
    } satisfies input.rbac.v1.ClusterRole;
}

/** What metrics-server itself may do: read the kubelets' metrics, and list pods and nodes. */
export function serverRole() {
    return {
        metadata: metadata("system:metrics-server"),
        rules: [
            { apiGroups: [""], resources: ["nodes/metrics"], verbs: ["get"] },
            { apiGroups: [""], resources: ["pods", "nodes"], verbs: ["get", "list", "watch"] },
        ],
    } satisfies input.rbac.v1.ClusterRole;
}

/** Reads the CA that the API server's own client certificate is verified with. */
export function authReaderBinding() {
    return {
        metadata: metadata("metrics-server-auth-reader", NAMESPACE),
        roleRef: {
            apiGroup: RBAC,
            kind: "Role",
            name: "extension-apiserver-authentication-reader",
        },
        subjects: [SUBJECT],
    } satisfies input.rbac.v1.RoleBinding;
}

export function authDelegatorBinding() {
    return clusterRoleBinding("metrics-server:system:auth-delegator", "system:auth-delegator");
}

export function serverBinding() {
    return clusterRoleBinding("system:metrics-server", "system:metrics-server");
}

function clusterRoleBinding(name: string, role: string) {
    return {
        metadata: metadata(name),
        roleRef: { apiGroup: RBAC, kind: "ClusterRole", name: role },
        subjects: [SUBJECT],
    } satisfies input.rbac.v1.ClusterRoleBinding;
}

/** The certificate's Secret, but for what is in it. */
export function tlsSecret() {
    return {
        metadata: { namespace: NAMESPACE, labels: OBJECT_LABELS },
    } satisfies input.core.v1.Secret;
}

/**
 * CA certificates: those that kubelets are verified with, where they are not the ones that every pod gets, or those that requests
 * are judged by. Immutable and named by the engine, as the certificate is.
 */
export function caConfigMap(data: Record<string, Input<string>>) {
    return {
        metadata: { namespace: NAMESPACE, labels: OBJECT_LABELS },
        immutable: true,
        data,
    } satisfies input.core.v1.ConfigMap;
}

export function deployment(settings: DeploymentSettings) {
    return {
        metadata: metadata(NAME, NAMESPACE),
        spec: deploymentSpec(NAME, LABELS, settings),
    } satisfies input.apps.v1.Deployment;
}

export function disruptionBudget(unhealthyPodEvictionPolicy?: UnhealthyPodEvictionPolicy) {
    return {
        metadata: metadata(NAME, NAMESPACE),
        spec: {
            minAvailable: 1,
            selector: { matchLabels: LABELS },
            ...(unhealthyPodEvictionPolicy !== undefined && { unhealthyPodEvictionPolicy }),
        },
    } satisfies input.policy.v1.PodDisruptionBudget;
}

/**
 * The provider does not wait for its endpoints: it would for ten seconds after their last change. What comes after waits for the
 * pods instead, and a request through the API server is the proof. `done` is known when nobody else's Service is in the way.
 */
export function service(done?: Output<unknown>) {
    return {
        metadata: {
            ...metadata(NAME, NAMESPACE),
            annotations: { "pulumi.com/skipAwait": "true" },
        },
        spec: {
            ports: [
                {
                    name: knownAfter(done, "https"),
                    port: 443,
                    protocol: "TCP",
                    targetPort: "https",
                    appProtocol: "https",
                },
            ],
            selector: LABELS,
        },
    } satisfies input.core.v1.Service;
}

/** The field may be cainjector's from an earlier run, which without this annotation is a conflict. */
const TAKEN_FROM_CAINJECTOR = { "pulumi.com/patchForce": "true" };

/**
 * Registers the metrics API. The API server verifies metrics-server with `caBundle`; there is no way to skip that. Without one,
 * cert-manager's cainjector puts it there: what a program does not set, the provider neither compares nor takes away.
 */
export function apiService(caBundle: Input<string> | undefined, isIssued = false) {
    const annotations = caBundle === undefined ? INJECT_FROM : TAKEN_FROM_CAINJECTOR;
    return {
        metadata: { ...metadata(API_SERVICE), ...(isIssued && { annotations }) },
        spec: {
            group: "metrics.k8s.io",
            version: "v1beta1",
            groupPriorityMinimum: 100,
            versionPriority: 100,
            service: { name: NAME, namespace: NAMESPACE, port: 443 },
            ...(caBundle !== undefined && { caBundle }),
        },
    } satisfies input.apiregistration.v1.APIService;
}
