import * as pulumi from "@pulumi/pulumi";
import {
    CertificateSource,
    ClusterPreflight,
    CsrApprovalMode,
    KubeletServingCertificates,
    MetricsServer,
    NodeAddressType,
    NodeRole,
    OnRemove,
    SecureMetricsServer,
    ServingCertificate,
    ServingSecret,
    TlsVersion,
    UnhealthyPodEvictionPolicy,
    type SecureMetricsServerArgs,
} from "../../../index";
import {
    HOST_KEYS,
    METRICS_SERVER,
    NODES,
    SERVING_CERTIFICATE,
    SERVING_SECRET,
    SSH,
} from "./fixtures";
import { certificate, type Pair } from "../../scripts/support/certificates";
import { KUBELET_CA, SERVING, SERVING_CA, SERVING_KEY } from "./certificates";

/** Everything that can be set, set to something. */
export const EVERYTHING: SecureMetricsServerArgs = {
    nodes: {
        ...NODES,
        cp2: {
            host: pulumi.output("cp2.example.org"),
            hostKey: HOST_KEYS.p256,
            role: NodeRole.ControlPlane,
            addresses: ["fd00::11", pulumi.output("cp2.example.org")],
            ssh: { user: "core", port: 2222, agentSocketPath: "/run/agent" },
        },
    },
    ssh: {
        ...SSH,
        privateKeyPassphrase: "passphrase-marker",
        bastion: {
            host: "203.0.113.1",
            hostKey: HOST_KEYS.w3,
            privateKey: "bastion-private-key",
            privateKeyPassphrase: "bastion-passphrase",
        },
    },
    csrApproval: { intervalSeconds: 30, timeoutSeconds: 600 },
    maxUnavailable: 3,
    onRemove: OnRemove.Revert,
    metricsServer: {
        kubernetesVersion: "1.33",
        imageRegistry: "mirror.local",
        imagePullSecrets: ["pull"],
        replicas: 3,
        resources: { requests: { cpu: "1" }, limits: { cpu: "2" } },
        tolerations: [{ operator: "Exists" }],
        hostNetwork: true,
        metricResolutionSeconds: 30,
        extraArgs: ["--v=2", pulumi.output("--logging-format=json")],
        tlsMinVersion: TlsVersion.Tls12,
        tlsCipherSuites: ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
        kubeletCa: KUBELET_CA,
        kubeletPreferredAddressTypes: [NodeAddressType.ExternalIP, NodeAddressType.InternalIP],
        requestHeader: { clientCa: SERVING_CA, allowedNames: ["front-proxy-client"] },
        clientCa: KUBELET_CA,
        commonLabels: { team: "platform" },
        podLabels: pulumi.output({ team: "platform" }),
        podAnnotations: { note: pulumi.output("text") },
        deploymentAnnotations: { note: "text" },
        serviceAnnotations: { note: "text" },
        apiServiceAnnotations: { note: "text" },
        serviceAccountAnnotations: { note: "text" },
        topologySpreadConstraints: [{ topologyKey: "zone", maxSkew: 2 }],
        unhealthyPodEvictionPolicy: UnhealthyPodEvictionPolicy.AlwaysAllow,
        revisionHistoryLimit: 2,
        dnsConfig: { nameservers: ["10.0.0.2"], options: [{ name: "ndots", value: "1" }] },
        schedulerName: "mine",
        extraVolumes: { log: { mountPath: "/audit", emptyDir: true } },
    },
    servingCertificate: {
        validityHours: 48,
        renewBeforeHours: 12,
        caKeyGenerations: ["1", "2"],
        activeCaKeyGeneration: "2",
    },
};

/** A CA of somebody's company, and a certificate that it signed. */
export const COMPANY_CA: Pair = certificate({ subject: "/CN=company-ca", ca: true });

/** One of each component, and the composite in all its modes, as programs. */
export const CASES: Record<string, () => pulumi.ComponentResource> = {
    ClusterPreflight: () => new ClusterPreflight("x", { nodes: NODES, ssh: SSH }),
    ServingCertificate: () => new ServingCertificate("x", SERVING_CERTIFICATE),
    ServingSecret: () => new ServingSecret("x", SERVING_SECRET),
    MetricsServer: () => new MetricsServer("x", METRICS_SERVER),
    KubeletServingCertificates: () =>
        new KubeletServingCertificates("x", { nodes: NODES, ssh: SSH }),
    "SecureMetricsServer with its defaults": () =>
        new SecureMetricsServer("x", { nodes: NODES, ssh: SSH }),
    "SecureMetricsServer with a controller": () =>
        new SecureMetricsServer("x", {
            nodes: NODES,
            ssh: SSH,
            csrApproval: { mode: CsrApprovalMode.Controller },
        }),
    "SecureMetricsServer with a given CA": () =>
        new SecureMetricsServer("x", {
            nodes: NODES,
            ssh: SSH,
            servingCertificate: {
                source: CertificateSource.GivenCa,
                givenCa: { certificatePem: COMPANY_CA.certificate, privateKeyPem: COMPANY_CA.key },
            },
        }),
    "SecureMetricsServer with a given certificate": () =>
        new SecureMetricsServer("x", {
            nodes: NODES,
            ssh: SSH,
            servingCertificate: {
                source: CertificateSource.Given,
                given: {
                    certificatePem: SERVING,
                    caCertificatePem: SERVING_CA,
                    privateKeyPem: SERVING_KEY,
                },
            },
        }),
    "SecureMetricsServer with the cluster's CA": () =>
        new SecureMetricsServer("x", {
            nodes: NODES,
            ssh: SSH,
            servingCertificate: { source: CertificateSource.ClusterCa },
        }),
    "SecureMetricsServer with an existing Secret": () =>
        new SecureMetricsServer("x", {
            nodes: NODES,
            ssh: SSH,
            servingCertificate: {
                source: CertificateSource.ExistingSecret,
                existingSecret: { name: "from-elsewhere", caCertificatePem: SERVING_CA },
            },
        }),
    "SecureMetricsServer with cert-manager": () =>
        new SecureMetricsServer("x", {
            nodes: NODES,
            ssh: SSH,
            servingCertificate: { source: CertificateSource.CertManager },
        }),
    "SecureMetricsServer with an issuer of cert-manager's": () =>
        new SecureMetricsServer("x", {
            nodes: NODES,
            ssh: SSH,
            servingCertificate: {
                source: CertificateSource.CertManager,
                certManager: { issuer: { name: "company" }, caBundlePem: SERVING_CA },
            },
        }),
    "SecureMetricsServer with everything set": () => new SecureMetricsServer("x", EVERYTHING),
};
