import { record } from "./mocks";

// A resource's type, name and parents are its identity: changing one deletes the resource and makes another on every
// cluster that runs this package. So these lists change only with an alias, a note in the changelog and a major version.

const RBAC = "kubernetes:rbac.authorization.k8s.io/v1:";

export const SERVING_CERTIFICATE_CHILDREN = [
    "tls:index/certRequest:CertRequest x-request < x",
    "tls:index/locallySignedCert:LocallySignedCert x-certificate < x",
    "tls:index/privateKey:PrivateKey x-ca-key-1 < x",
    "tls:index/privateKey:PrivateKey x-key < x",
    "tls:index/selfSignedCert:SelfSignedCert x-ca-1 < x",
];

export const METRICS_SERVER_CHILDREN = [
    "kubernetes:apiregistration.k8s.io/v1:APIService x-api-service < x",
    "kubernetes:apps/v1:Deployment x-deployment < x",
    "kubernetes:core/v1:Secret x-tls < x",
    "kubernetes:core/v1:Service x-service < x",
    "kubernetes:core/v1:ServiceAccount x-service-account < x",
    "kubernetes:policy/v1:PodDisruptionBudget x-disruption-budget < x",
    `${RBAC}ClusterRole x-aggregated-reader < x`,
    `${RBAC}ClusterRole x-role < x`,
    `${RBAC}ClusterRoleBinding x-auth-delegator < x`,
    `${RBAC}ClusterRoleBinding x-binding < x`,
    `${RBAC}RoleBinding x-auth-reader < x`,
];

export const KUBELET_CHILDREN = [
    "command:remote:Command x-kubelet-config < x",
    "command:remote:Command x-node-cp1 < x",
    "command:remote:Command x-node-w1 < x",
    "command:remote:Command x-node-w2 < x",
    "command:remote:Command x-verification < x",
];

export const APPROVAL = ["command:remote:Command x-csr-approval-cp1 < x"];

export const CONTROLLER = [
    "kubernetes:apps/v1:Deployment x-csr-approver-deployment < x",
    "kubernetes:core/v1:ServiceAccount x-csr-approver-service-account < x",
    `${RBAC}ClusterRole x-csr-approver-role < x`,
    `${RBAC}ClusterRoleBinding x-csr-approver-binding < x`,
    `${RBAC}Role x-csr-approver-lease-role < x`,
    `${RBAC}RoleBinding x-csr-approver-lease-binding < x`,
];

/** Every resource as `type name < parent`, sorted. */
export async function identitiesOf(
    program: () => unknown,
    states: Record<string, object> = {},
): Promise<string[]> {
    const { resources } = await record(program, { states });
    return resources
        .map(({ type, name, parent }) => `${type} ${name} < ${parent ?? ""}`.trimEnd())
        .sort();
}

/** The component itself and its children, under another name and below a parent. */
export function component(type: string, children: string[], name = "x", parent = ""): string[] {
    const own = `secure-metrics-server:index:${type} ${name} < ${parent}`.trimEnd();
    const renamed = children.map((child) => child.replace(/ x(-\S+) < x$/, ` ${name}$1 < ${name}`));
    return [own, ...renamed];
}
