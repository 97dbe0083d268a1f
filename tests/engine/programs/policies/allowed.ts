import { remote } from "@pulumi/command";
import { APIService } from "@pulumi/kubernetes/apiregistration/v1";
import {
    MutatingWebhookConfiguration,
    ValidatingWebhookConfiguration,
} from "@pulumi/kubernetes/admissionregistration/v1";
import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import { ConfigMap, Pod } from "@pulumi/kubernetes/core/v1";
import { Release } from "@pulumi/kubernetes/helm/v3";
import * as pulumi from "@pulumi/pulumi";
import {
    MetricsServer,
    NodeAddressType,
    NodeRole,
    Placement,
    SecureMetricsServer,
    ServingCertificate,
    ServingSecret,
} from "secure-metrics-server";
import { clusters } from "./clusters";

const { offline, rendered } = clusters();
const opts = { provider: offline };
const config = new pulumi.Config();
const hostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOghebS8R9/reMLzqFzq9akk1eHTK1r0hq1x6bf2oEy7";
/** Known only after an update. */
const later = new remote.Command("not-yet-known", {
    create: "true",
    connection: { host: "192.0.2.1", hostKey },
}).stdout;

// The package itself, whose caBundle a first preview does not know.
const ssh = { user: "ubuntu", privateKey: config.requireSecret("key") };
new SecureMetricsServer(
    "metrics",
    {
        nodes: {
            cp1: { host: "192.0.2.11", hostKey, role: NodeRole.ControlPlane },
            w1: { host: "192.0.2.12", hostKey, ssh: { bastion: { host: "192.0.2.2", hostKey } } },
            w2: { host: later, hostKey: later },
        },
        ssh,
        metricsServer: {
            placement: Placement.ControlPlane,
            kubeletCaHostPath: "/etc/kubernetes/pki/ca.crt",
            kubeletPreferredAddressTypes: [NodeAddressType.InternalIP, NodeAddressType.Hostname],
            requestHeader: {
                clientCa: config.require("validPem"),
                allowedNames: ["front-proxy-client"],
            },
            clientCa: later,
            commonLabels: { note: "insecure-tls-is-not-a-flag" },
            podAnnotations: { note: "never --kubelet-insecure-tls" },
            deploymentAnnotations: { note: later },
            extraVolumes: { log: { mountPath: "/audit", emptyDir: true } },
            extraArgs: ["--audit-log-path=/audit/log", "--node-selector=pool!=edge"],
        },
    },
    // It reads a Namespace, also in a preview, so a cluster that does not answer will not do.
    { providers: [rendered] },
);

// The same for a webhook: a first preview knows neither its Secret's data nor its caBundle.
const forWebhook = new ServingCertificate("webhook", {
    serviceName: "webhook",
    namespace: "apps",
    extraIpAddresses: ["192.0.2.20"],
});
new ServingSecret(
    "webhook",
    {
        namespace: "apps",
        serviceName: "webhook",
        certificatePem: forWebhook.certificatePem,
        privateKeyPem: forWebhook.privateKeyPem,
    },
    { providers: [offline] },
);

// A certificate of cert-manager's, and an APIService whose caBundle cainjector writes.
new MetricsServer(
    "issued",
    { certManager: { issuer: { name: later } } },
    { providers: [rendered] },
);

// Flags that verify, and texts that only speak of the flag.
new Pod(
    "verifies",
    {
        metadata: { annotations: { note: "never --kubelet-insecure-tls" } },
        spec: {
            containers: [
                {
                    name: "metrics-server",
                    image: "metrics-server",
                    args: [
                        "--kubelet-insecure-tls=false",
                        "--kubelet-certificate-authority=/ca.crt",
                    ],
                },
            ],
        },
    },
    opts,
);
new ConfigMap("runbook", { data: { "runbook.md": "Do not use --kubelet-insecure-tls." } }, opts);
new CustomResource(
    "cluster-policy",
    {
        apiVersion: "kyverno.io/v1",
        kind: "ClusterPolicy",
        spec: {
            rules: [{ pattern: { spec: { containers: [{ args: ["!--kubelet-insecure-tls"] }] } } }],
        },
    },
    opts,
);
new CustomResource(
    "validating-rule",
    {
        apiVersion: "kyverno.io/v1",
        kind: "ClusterPolicy",
        spec: {
            rules: [
                {
                    name: "verified-kubelets",
                    validate: {
                        message: "no --kubelet-insecure-tls",
                        pattern: {
                            spec: { containers: [{ "=(args)": ["!*--kubelet-insecure-tls*"] }] },
                        },
                    },
                },
            ],
        },
    },
    opts,
);
new CustomResource(
    "told-not-to-skip-later",
    {
        apiVersion: "helm.toolkit.fluxcd.io/v2",
        kind: "HelmRelease",
        spec: {
            chart: { spec: { chart: "metrics-server" } },
            values: { apiService: { insecureSkipTLSVerify: later } },
        },
    },
    opts,
);
new Release(
    "told-not-to-skip",
    {
        chart: "./charts/metrics-server",
        values: {
            apiService: { insecureSkipTLSVerify: false, caBundle: config.require("validPem") },
        },
    },
    opts,
);

// Bundles of which one certificate is valid, and one that a controller fills in.
const service = {
    group: "valid.example.com",
    version: "v1",
    groupPriorityMinimum: 100,
    versionPriority: 100,
};
new APIService("valid-bundle", { spec: { ...service, caBundle: config.require("valid") } }, opts);
new APIService(
    "rotated-bundle",
    { spec: { ...service, caBundle: config.require("rotated") } },
    opts,
);
new ValidatingWebhookConfiguration(
    "served-by-the-package",
    {
        webhooks: [
            {
                name: "v.example.com",
                sideEffects: "None",
                admissionReviewVersions: ["v1"],
                clientConfig: {
                    service: { name: "webhook", namespace: "apps" },
                    caBundle: forWebhook.caBundle,
                },
            },
        ],
    },
    opts,
);
new MutatingWebhookConfiguration(
    "filled-in-later",
    {
        webhooks: [
            {
                name: "w.example.com",
                sideEffects: "None",
                admissionReviewVersions: ["v1"],
                clientConfig: { url: "https://w.example.com", caBundle: "Cg==" },
            },
        ],
    },
    opts,
);

// Hosts whose keys are pinned, one of them not known before the update.
new remote.CopyToRemote("pinned", {
    connection: { host: "192.0.2.1", hostKey, ...ssh },
    source: new pulumi.asset.StringAsset("text"),
    remotePath: "/tmp/text",
});
new remote.Command("pinned-later", {
    connection: { host: later, hostKey: later, ...ssh },
    create: "true",
});
