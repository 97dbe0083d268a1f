import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { MetricsServer, ServingCertificate } from "secure-metrics-server";

const config = new pulumi.Config();

// Which cluster: the path or the content of a kubeconfig, by default the one that kubectl uses.
const cluster = new Provider("cluster", { kubeconfig: config.get("kubeconfig") });

const certificate = new ServingCertificate("certificate", {
    serviceName: "metrics-server",
    namespace: "kube-system",
});

const metrics = new MetricsServer(
    "metrics",
    {
        certificatePem: certificate.certificatePem,
        privateKeyPem: certificate.privateKeyPem,
        caBundle: certificate.caBundle,
        kubernetesVersion: config.get("kubernetesVersion"),
        // The CA of the kubelets' certificates, where it is not the one in kube-root-ca.crt.
        kubeletCa: config.get("kubeletCa"),
    },
    { providers: [cluster] },
);

export const serviceName = metrics.serviceName;
export const notAfter = certificate.notAfter;
