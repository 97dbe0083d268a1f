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

const metrics = new SecureMetricsServer(
    "metrics",
    {
        nodes: config.requireObject<SecureMetricsServerArgs["nodes"]>("nodes"),
        ssh: {
            ...config.getObject<SecureMetricsServerArgs["ssh"]>("ssh"),
            privateKey: config.getSecret("sshPrivateKey"),
        },
        // Mounted by its name; its key is never read into the state. metrics-server reads it anew when it changes.
        servingCertificate: {
            source: CertificateSource.ExistingSecret,
            existingSecret: {
                name: config.require("secretName"),
                caCertificatePem: config.require("caCertificate"),
            },
        },
    },
    { providers: [cluster] },
);

export const servingCertificateNotAfter = metrics.servingCertificateNotAfter;
export const caNotAfter = metrics.caNotAfter;
export const renewalTime = metrics.renewalTime;
export const caBundle = metrics.caBundle;
