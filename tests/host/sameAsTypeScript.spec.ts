import assert from "node:assert/strict";
import type * as pulumi from "@pulumi/pulumi";
import {
    ClusterPreflight,
    CsrApprovalMode,
    KubeletServingCertificates,
    MetricsServer,
    OnRemove,
    SecureMetricsServer,
    ServingCertificate,
    ServingSecret,
} from "../../index";
import {
    HOST_KEYS,
    METRICS_SERVER,
    NODES,
    SERVING_CERTIFICATE,
    SERVING_SECRET,
    SSH,
} from "../unit/support/fixtures";
import { record, type Recorded } from "../unit/support/mocks";
import { COMPANY_CA } from "../unit/support/cases";
import { KUBELET_CA, SERVING, SERVING_CA, SERVING_KEY } from "../unit/support/certificates";
import type { Registered } from "./support/registered";
import { made } from "./support/shared";

const COMPONENTS = {
    ClusterPreflight,
    KubeletServingCertificates,
    MetricsServer,
    SecureMetricsServer,
    ServingCertificate,
    ServingSecret,
} as const;

const cluster = { nodes: NODES, ssh: SSH };

/** Arguments as plain property bags, as SDKs and YAML send them. */
const CASES: [string, keyof typeof COMPONENTS, object][] = [
    ["ServingCertificate", "ServingCertificate", SERVING_CERTIFICATE],
    [
        "ServingCertificate with everything set",
        "ServingCertificate",
        {
            ...SERVING_CERTIFICATE,
            clusterDomain: "example.org",
            extraDnsNames: ["webhook.example.org"],
            extraIpAddresses: ["FD00::5"],
            validityHours: 48,
            renewBeforeHours: 12,
            caValidityHours: 480,
            caRenewBeforeHours: 120,
            caKeyGenerations: ["1", "2"],
            activeCaKeyGeneration: "2",
        },
    ],
    ["ServingSecret", "ServingSecret", SERVING_SECRET],
    [
        "ServingSecret with everything set",
        "ServingSecret",
        { ...SERVING_SECRET, caCertificatePem: SERVING_CA, labels: { team: "platform" } },
    ],
    ["MetricsServer", "MetricsServer", METRICS_SERVER],
    [
        "MetricsServer with everything set",
        "MetricsServer",
        {
            ...METRICS_SERVER,
            kubernetesVersion: "1.33",
            imageRegistry: "mirror.local",
            imagePullSecrets: ["pull"],
            replicas: 1,
            resources: { requests: { cpu: "1" }, limits: { memory: "1Gi" } },
            tolerations: [{ operator: "Exists", tolerationSeconds: 30 }],
            nodeSelector: { role: "infra" },
            affinity: { nodeAffinity: {} },
            priorityClassName: "high",
            hostNetwork: true,
            metricResolutionSeconds: 30,
            extraArgs: ["--v=2"],
            tlsMinVersion: "VersionTLS12",
            tlsCipherSuites: ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
            kubeletCa: KUBELET_CA,
            kubeletPreferredAddressTypes: ["ExternalIP", "InternalIP"],
            requestHeader: { clientCa: SERVING_CA, allowedNames: ["front-proxy-client"] },
            clientCa: KUBELET_CA,
            commonLabels: { team: "platform" },
            podLabels: { team: "platform" },
            podAnnotations: { note: "text" },
            deploymentAnnotations: { note: "text" },
            serviceAnnotations: { note: "text" },
            apiServiceAnnotations: { note: "text" },
            serviceAccountAnnotations: { note: "text" },
            topologySpreadConstraints: [{ topologyKey: "zone", maxSkew: 2 }],
            revisionHistoryLimit: 2,
            dnsConfig: { nameservers: ["10.0.0.2"], options: [{ name: "ndots", value: "1" }] },
            schedulerName: "mine",
            extraVolumes: { log: { mountPath: "/audit", emptyDir: true } },
        },
    ],
    [
        "MetricsServer on control planes",
        "MetricsServer",
        {
            ...METRICS_SERVER,
            placement: "controlPlane",
            kubeletCaHostPath: "/etc/kubernetes/pki/ca.crt",
            unhealthyPodEvictionPolicy: "AlwaysAllow",
        },
    ],
    ...Object.values(CsrApprovalMode).map((mode): (typeof CASES)[number] => [
        `KubeletServingCertificates in mode ${mode}`,
        "KubeletServingCertificates",
        { ...cluster, csrApproval: { mode, timeoutSeconds: 600 }, onRemove: OnRemove.Revert },
    ]),
    ["SecureMetricsServer", "SecureMetricsServer", cluster],
    [
        "SecureMetricsServer on control planes",
        "SecureMetricsServer",
        {
            ...cluster,
            metricsServer: {
                placement: "controlPlane",
                kubeletCaHostPath: "/etc/kubernetes/pki/ca.crt",
                kubeletPreferredAddressTypes: ["Hostname"],
                extraArgs: ["--node-selector=pool!=edge"],
            },
        },
    ],
    ["ClusterPreflight", "ClusterPreflight", { ...cluster, kubernetesVersion: "1.33" }],
    [
        "SecureMetricsServer with several control planes and a bastion",
        "SecureMetricsServer",
        {
            nodes: {
                ...NODES,
                cp2: {
                    host: "cp2.example.org",
                    hostKey: HOST_KEYS.p256,
                    role: "controlPlane",
                    addresses: ["fd00::11"],
                    ssh: { user: "core", port: 2222 },
                },
            },
            ssh: { ...SSH, bastion: { host: "203.0.113.1", hostKey: HOST_KEYS.w3 } },
            maxUnavailable: 2,
            servingCertificate: { validityHours: 48, renewBeforeHours: 12 },
        },
    ],
    [
        "SecureMetricsServer with a given CA",
        "SecureMetricsServer",
        {
            ...cluster,
            servingCertificate: {
                source: "givenCa",
                givenCa: { certificatePem: COMPANY_CA.certificate, privateKeyPem: COMPANY_CA.key },
            },
        },
    ],
    [
        "SecureMetricsServer with a given certificate",
        "SecureMetricsServer",
        {
            ...cluster,
            servingCertificate: {
                source: "given",
                given: {
                    certificatePem: SERVING,
                    caCertificatePem: SERVING_CA,
                    privateKeyPem: SERVING_KEY,
                },
            },
        },
    ],
    [
        "SecureMetricsServer with the cluster's CA",
        "SecureMetricsServer",
        { ...cluster, servingCertificate: { source: "clusterCa" } },
    ],
    [
        "SecureMetricsServer with an existing Secret",
        "SecureMetricsServer",
        {
            ...cluster,
            servingCertificate: {
                source: "existingSecret",
                existingSecret: { name: "from-elsewhere", caCertificatePem: SERVING_CA },
            },
        },
    ],
    [
        "SecureMetricsServer with cert-manager",
        "SecureMetricsServer",
        { ...cluster, servingCertificate: { source: "certManager" } },
    ],
    [
        "SecureMetricsServer with an issuer of cert-manager's",
        "SecureMetricsServer",
        {
            ...cluster,
            servingCertificate: {
                source: "certManager",
                certManager: {
                    issuer: { name: "company", kind: "ClusterIssuer" },
                    secretName: "mine",
                    caBundlePem: SERVING_CA,
                },
            },
        },
    ],
    ["MetricsServer with cert-manager", "MetricsServer", { certManager: {} }],
    [
        "MetricsServer with a Secret",
        "MetricsServer",
        { secretName: "from-elsewhere", caBundle: METRICS_SERVER.caBundle },
    ],
];

/** What both ways of registering a resource have in common. */
type Common = Recorded | Registered;

function comparable(resources: Common[]): object[] {
    return resources
        .map(({ type, name, custom, parent, inputs, dependsOn, retainOnDelete, ...rest }) => ({
            identity: `${type} ${name} < ${parent ?? ""}`,
            custom,
            inputs,
            dependsOn,
            retainOnDelete,
            hooks: rest.hooks.length,
            outputs: rest.outputs,
        }))
        .sort((a, b) => (a.identity < b.identity ? -1 : 1));
}

for (const preview of [true, false]) {
    describe(`in ${preview ? "a preview" : "an update"}, another language gets what TypeScript gets`, () => {
        for (const [what, component, inputs] of CASES) {
            it(`for ${what}: names, parents, inputs, order and outputs of every resource`, async () => {
                const Component = COMPONENTS[component] as new (
                    name: string,
                    args: object,
                ) => pulumi.ComponentResource;
                const local = await record(() => new Component("x", inputs), { preview });
                const { registered } = await made({ component, inputs, preview });
                assert.ok(registered.length > 1);
                assert.deepEqual(comparable(registered), comparable(local.resources));
            });
        }
    });
}
