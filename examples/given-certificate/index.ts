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

// Not there in the first run: then the package's own CA signs, and the output certificateRequest is what has to be signed.
const certificatePem = config.get("certificate");
const caCertificatePem = config.require("caCertificate");

const metrics = new SecureMetricsServer(
    "metrics",
    {
        nodes: config.requireObject<SecureMetricsServerArgs["nodes"]>("nodes"),
        ssh: {
            ...config.getObject<SecureMetricsServerArgs["ssh"]>("ssh"),
            privateKey: config.getSecret("sshPrivateKey"),
        },
        servingCertificate:
            certificatePem === undefined
                ? // The API server trusts the new CA before there is a certificate of it: so the second run fails no request.
                  { additionalCaPem: caCertificatePem }
                : { source: CertificateSource.Given, given: { certificatePem, caCertificatePem } },
    },
    { providers: [cluster] },
);

export const servingCertificateNotAfter = metrics.servingCertificateNotAfter;
export const caNotAfter = metrics.caNotAfter;
export const renewalTime = metrics.renewalTime;
export const caBundle = metrics.caBundle;
/** Have it signed for the DNS name metrics-server.kube-system.svc, with serverAuth. */
export const certificateRequest = metrics.certificateRequest;
