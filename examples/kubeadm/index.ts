import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { SecureMetricsServer, type SecureMetricsServerArgs } from "secure-metrics-server";

const config = new pulumi.Config();

// Which cluster: the path or the content of a kubeconfig, by default the one that kubectl uses.
const cluster = new Provider("cluster", { kubeconfig: config.get("kubeconfig") });

// Which nodes, and everything that is not a default: see the README for the keys.
const metrics = new SecureMetricsServer(
    "metrics",
    {
        ...config.getObject<Partial<SecureMetricsServerArgs>>("settings"),
        nodes: config.requireObject<SecureMetricsServerArgs["nodes"]>("nodes"),
        ssh: {
            ...config.getObject<SecureMetricsServerArgs["ssh"]>("ssh"),
            privateKey: config.getSecret("sshPrivateKey"),
        },
    },
    { providers: [cluster] },
);

export const servingCertificateNotAfter = metrics.servingCertificateNotAfter;
export const caNotAfter = metrics.caNotAfter;
export const renewalTime = metrics.renewalTime;
export const kubeletNotAfter = metrics.kubeletNotAfter;
export const nodeResults = metrics.nodeResults;
export const serviceName = metrics.serviceName;
export const caBundle = metrics.caBundle;
