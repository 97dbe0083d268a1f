import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { ServingCertificate, ServingSecret } from "secure-metrics-server";

const config = new pulumi.Config();

// Which cluster: the path or the content of a kubeconfig, by default the one that kubectl uses.
const cluster = new Provider("cluster", { kubeconfig: config.get("kubeconfig") });

const serviceName = config.require("serviceName");
const namespace = config.get("namespace") ?? "default";
const certificate = new ServingCertificate("certificate", { serviceName, namespace });

// What the extension API server or the webhook mounts. Another certificate is another Secret, so its pods roll over to it.
const secret = new ServingSecret(
    "secret",
    {
        namespace,
        serviceName,
        certificatePem: certificate.certificatePem,
        privateKeyPem: certificate.privateKeyPem,
    },
    { providers: [cluster] },
);

export const secretName = secret.secretName;
/** For `caBundle` in the APIService or in the webhook's configuration. */
export const caBundle = certificate.caBundle;
export const notAfter = certificate.notAfter;
