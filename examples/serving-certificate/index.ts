import { Secret } from "@pulumi/kubernetes/core/v1";
import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { ServingCertificate } from "secure-metrics-server";

const config = new pulumi.Config();

// Which cluster: the path or the content of a kubeconfig, by default the one that kubectl uses.
const cluster = new Provider("cluster", { kubeconfig: config.get("kubeconfig") });

const namespace = config.get("namespace") ?? "default";
const certificate = new ServingCertificate("certificate", {
    serviceName: config.require("serviceName"),
    namespace,
});

// What the extension API server or the webhook mounts.
const secret = new Secret(
    "tls",
    {
        metadata: { namespace },
        type: "kubernetes.io/tls",
        stringData: {
            "tls.crt": certificate.certificatePem,
            "tls.key": certificate.privateKeyPem,
        },
    },
    { provider: cluster },
);

export const secretName = secret.metadata.name;
/** For `caBundle` in the APIService or in the webhook's configuration. */
export const caBundle = certificate.caBundle;
export const notAfter = certificate.notAfter;
