import type { Input } from "@pulumi/pulumi";
import type { input } from "@pulumi/kubernetes/types";
import { isAddress } from "../nodes/addresses";
import type { Identity } from "../nodes/inventory";
import { NAMESPACE, OWNER } from "../shared/owner";

/** The release that is used when the arguments name no image. */
export const DEFAULT_IMAGE =
    "ghcr.io/postfinance/kubelet-csr-approver:v1.2.14@sha256:c0f6aa1abdc225a32f9a29992fd97f711e78e2df21434f9ce7bc60981f96a5f8";

/** The name of each of its objects. */
export const CSR_CONTROLLER = "kubelet-csr-approver";
const LABELS = { "app.kubernetes.io/name": CSR_CONTROLLER };
const SIGNER = "kubernetes.io/kubelet-serving";

function metadata(): input.meta.v1.ObjectMeta {
    return { name: CSR_CONTROLLER, namespace: NAMESPACE, labels: { ...LABELS, ...OWNER } };
}

function clusterMetadata(): input.meta.v1.ObjectMeta {
    return { name: CSR_CONTROLLER, labels: { ...LABELS, ...OWNER } };
}

export function serviceAccount(): input.core.v1.ServiceAccount {
    return { metadata: metadata() };
}

/** May look at requests and approve those of one signer; nothing else. */
export function role() {
    const group = "certificates.k8s.io";
    return {
        metadata: clusterMetadata(),
        rules: [
            {
                apiGroups: [group],
                resources: ["certificatesigningrequests"],
                verbs: ["get", "list", "watch"],
            },
            {
                apiGroups: [group],
                resources: ["certificatesigningrequests/approval"],
                verbs: ["update"],
            },
            {
                apiGroups: [group],
                resources: ["signers"],
                resourceNames: [SIGNER],
                verbs: ["approve"],
            },
            { apiGroups: [""], resources: ["events"], verbs: ["create"] },
        ],
    } satisfies input.rbac.v1.ClusterRole;
}

/** Only the lease by which its replicas choose a leader: whoever may change any lease can stop any controller. */
export function leaseRole() {
    const lease = { apiGroups: ["coordination.k8s.io"], resources: ["leases"] };
    return {
        metadata: metadata(),
        rules: [
            // A request to create names nothing yet.
            { ...lease, verbs: ["create"] },
            { ...lease, resourceNames: [CSR_CONTROLLER], verbs: ["get", "update"] },
        ],
    } satisfies input.rbac.v1.Role;
}

export function leaseBinding() {
    return {
        metadata: metadata(),
        roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: CSR_CONTROLLER },
        subjects: binding().subjects,
    } satisfies input.rbac.v1.RoleBinding;
}

export function binding() {
    return {
        metadata: clusterMetadata(),
        roleRef: {
            apiGroup: "rbac.authorization.k8s.io",
            kind: "ClusterRole",
            name: CSR_CONTROLLER,
        },
        subjects: [{ kind: "ServiceAccount", name: CSR_CONTROLLER, namespace: NAMESPACE }],
    } satisfies input.rbac.v1.ClusterRoleBinding;
}

/** The controller's settings from the inventory: these names, these addresses, no DNS, and never a denial. */
export function environment(identities: Identity[]): { name: string; value: string }[] {
    const names = identities.map(({ name }) => name.replace(/\./g, "\\."));
    const addresses = identities.flatMap((identity) => identity.names).filter(isAddress);
    const dnsNames = identities.map((one) => one.names.filter((name) => !isAddress(name)).length);
    return [
        ["PROVIDER_REGEX", `^(${names.join("|")})$`],
        ["PROVIDER_IP_PREFIXES", [...new Set(addresses.map(asPrefix))].sort().join(",")],
        ["MAX_EXPIRATION_SEC", "31622400"],
        ["BYPASS_DNS_RESOLUTION", "true"],
        ["SKIP_DENY_STEP", "true"],
        ["IGNORE_NON_SYSTEM_NODE", "true"],
        ["ALLOWED_DNS_NAMES", String(Math.max(1, ...dnsNames))],
        ["LEADER_ELECTION", "true"],
    ].map(([name = "", value = ""]) => ({ name, value }));
}

function asPrefix(address: string): string {
    return address.includes(":") ? `${address}/128` : `${address}/32`;
}

export function deployment(image: Input<string>, env: Input<{ name: string; value: string }[]>) {
    return {
        metadata: metadata(),
        spec: {
            replicas: 2,
            selector: { matchLabels: LABELS },
            template: { metadata: { labels: LABELS }, spec: podSpec(image, env) },
        },
    } satisfies input.apps.v1.Deployment;
}

/** It has to run before any worker's certificate is issued, so it tolerates control planes. */
function podSpec(
    image: Input<string>,
    env: Input<{ name: string; value: string }[]>,
): input.core.v1.PodSpec {
    return {
        serviceAccountName: CSR_CONTROLLER,
        priorityClassName: "system-cluster-critical",
        securityContext: {
            runAsNonRoot: true,
            runAsUser: 65532,
            seccompProfile: { type: "RuntimeDefault" },
        },
        tolerations: [
            {
                key: "node-role.kubernetes.io/control-plane",
                operator: "Exists",
                effect: "NoSchedule",
            },
        ],
        containers: [
            {
                name: CSR_CONTROLLER,
                image,
                args: ["-metrics-bind-address", ":8080", "-health-probe-bind-address", ":8081"],
                env,
                resources: {
                    requests: { cpu: "100m", memory: "64Mi" },
                    limits: { memory: "128Mi" },
                },
                securityContext: {
                    allowPrivilegeEscalation: false,
                    readOnlyRootFilesystem: true,
                    capabilities: { drop: ["ALL"] },
                },
                livenessProbe: { httpGet: { path: "/healthz", port: 8081 } },
            },
        ],
    };
}
