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
        // The CA signs; the leaf is renewed by a `pulumi up` in its last 30 days, as with a CA of the package's own.
        servingCertificate: {
            source: CertificateSource.GivenCa,
            givenCa: {
                certificatePem: config.require("caCertificate"),
                privateKeyPem: config.requireSecret("caPrivateKey"),
            },
            // For a change of the CA: its successor, one run before it takes over in givenCa.
            additionalCaPem: config.get("nextCaCertificate"),
        },
    },
    { providers: [cluster] },
);

export const servingCertificateNotAfter = metrics.servingCertificateNotAfter;
export const caNotAfter = metrics.caNotAfter;
export const renewalTime = metrics.renewalTime;
export const caBundle = metrics.caBundle;
