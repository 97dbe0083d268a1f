import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { SecureMetricsServer, type SecureMetricsServerArgs } from "secure-metrics-server";

const config = new pulumi.Config();

// True for the run that takes over, and false again in the run after it.
const takeOver = config.getBoolean("takeOver") ?? false;

const cluster = new Provider("cluster", {
    kubeconfig: config.get("kubeconfig"),
    // Objects that are there are taken over instead of refused. In every other run, that refusal is what you want.
    ...(takeOver && { upsertExistingObjects: true }),
});

const metrics = new SecureMetricsServer(
    "metrics",
    {
        nodes: config.requireObject<SecureMetricsServerArgs["nodes"]>("nodes"),
        ssh: {
            ...config.getObject<SecureMetricsServerArgs["ssh"]>("ssh"),
            privateKey: config.getSecret("sshPrivateKey"),
        },
        takeOver,
    },
    { providers: [cluster] },
);

export const servingCertificateNotAfter = metrics.servingCertificateNotAfter;
