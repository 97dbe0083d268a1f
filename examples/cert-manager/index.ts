import { Namespace } from "@pulumi/kubernetes/core/v1";
import { Chart } from "@pulumi/kubernetes/helm/v4";
import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import {
    CertificateSource,
    SecureMetricsServer,
    type SecureMetricsServerArgs,
} from "secure-metrics-server";

const config = new pulumi.Config();

// Which cluster: the path or the content of a kubeconfig, by default the one that kubectl uses.
const cluster = new Provider("cluster", { kubeconfig: config.get("kubeconfig") });

// Leave both out where cert-manager is there already.
const namespace = new Namespace(
    "cert-manager",
    { metadata: { name: "cert-manager" } },
    { provider: cluster },
);
const certManager = new Chart(
    "cert-manager",
    {
        chart: "oci://quay.io/jetstack/charts/cert-manager",
        version: "v1.21.2",
        namespace: namespace.metadata.name,
        values: { crds: { enabled: true } },
    },
    { provider: cluster },
);

// Without an issuer, cert-manager makes a CA for metrics-server alone. With one: { issuer: { name: "company-ca" } }.
const metrics = new SecureMetricsServer(
    "metrics",
    {
        nodes: config.requireObject<SecureMetricsServerArgs["nodes"]>("nodes"),
        ssh: {
            ...config.getObject<SecureMetricsServerArgs["ssh"]>("ssh"),
            privateKey: config.getSecret("sshPrivateKey"),
        },
        servingCertificate: {
            source: CertificateSource.CertManager,
            certManager: config.getObject("certManager") ?? {},
        },
    },
    // It has to be there before the preflight looks for it, and to go after the last Certificate.
    { providers: [cluster], dependsOn: [certManager] },
);

export const servingCertificateNotAfter = metrics.servingCertificateNotAfter;
export const caNotAfter = metrics.caNotAfter;
export const caBundle = metrics.caBundle;
