import { APIService } from "@pulumi/kubernetes/apiregistration/v1";
import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { Namespace, Service } from "@pulumi/kubernetes/core/v1";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1";
import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { ServingCertificate, ServingSecret } from "secure-metrics-server";

const config = new pulumi.Config();

// Which cluster: the path or the content of a kubeconfig, by default the one that kubectl uses.
const cluster = new Provider("cluster", { kubeconfig: config.get("kubeconfig") });
const opts = { provider: cluster };

const name = "external-metrics";
const labels = { app: name };
const namespace = new Namespace("namespace", { metadata: { name } }, opts).metadata.name;

const certificate = new ServingCertificate("certificate", {
    serviceName: name,
    namespace: name,
});
const secret = new ServingSecret(
    "secret",
    {
        namespace,
        serviceName: name,
        certificatePem: certificate.certificatePem,
        privateKeyPem: certificate.privateKeyPem,
    },
    { providers: [cluster] },
);

// Made before the pods and deleted after them, so a request that is on its way when the APIService goes still reaches a pod. Without the
// annotation the provider would wait for pods here, which come later.
const service = new Service(
    "service",
    {
        metadata: { name, namespace, annotations: { "pulumi.com/skipAwait": "true" } },
        spec: { selector: labels, ports: [{ name: "https", port: 443, targetPort: "https" }] },
    },
    opts,
);

const deployment = new Deployment(
    "deployment",
    {
        metadata: { name, namespace },
        spec: {
            replicas: 2,
            selector: { matchLabels: labels },
            // A pod goes when its successor is ready.
            strategy: { rollingUpdate: { maxUnavailable: 0, maxSurge: 1 } },
            template: {
                metadata: { labels },
                spec: {
                    automountServiceAccountToken: false,
                    topologySpreadConstraints: [
                        {
                            topologyKey: "kubernetes.io/hostname",
                            maxSkew: 1,
                            whenUnsatisfiable: "ScheduleAnyway",
                            labelSelector: { matchLabels: labels },
                        },
                    ],
                    containers: [
                        {
                            name: "server",
                            image:
                                config.get("image") ??
                                "registry.k8s.io/e2e-test-images/agnhost:2.66.1",
                            // It reads /tmp/cert/apiserver.crt and /tmp/cert/apiserver.key.
                            args: ["external-metrics", "--port=8443"],
                            ports: [{ name: "https", containerPort: 8443 }],
                            readinessProbe: {
                                httpGet: { path: "/readyz", port: "https", scheme: "HTTPS" },
                                periodSeconds: 1,
                            },
                            // Requests still come until every node knows that the pod goes.
                            lifecycle: { preStop: { sleep: { seconds: 10 } } },
                            resources: { requests: { cpu: "10m", memory: "32Mi" } },
                            securityContext: {
                                allowPrivilegeEscalation: false,
                                capabilities: { drop: ["ALL"] },
                                readOnlyRootFilesystem: true,
                                runAsNonRoot: true,
                                runAsUser: 65534,
                                seccompProfile: { type: "RuntimeDefault" },
                            },
                            volumeMounts: [{ name: "tls", mountPath: "/tmp/cert", readOnly: true }],
                        },
                    ],
                    // A renewed certificate is a Secret with another name, so the pods roll over to it.
                    volumes: [
                        {
                            name: "tls",
                            secret: {
                                secretName: secret.secretName,
                                items: [
                                    { key: "tls.crt", path: "apiserver.crt" },
                                    { key: "tls.key", path: "apiserver.key" },
                                ],
                            },
                        },
                    ],
                },
            },
        },
    },
    { ...opts, dependsOn: [service] },
);

const budget = new PodDisruptionBudget(
    "disruption-budget",
    {
        metadata: { name, namespace },
        spec: { minAvailable: 1, selector: { matchLabels: labels } },
    },
    opts,
);

// Last to be made and first to be deleted: an APIService without a server blocks the deletion of namespaces.
const apiService = new APIService(
    "api-service",
    {
        metadata: { name: "v1beta1.external.metrics.k8s.io" },
        spec: {
            group: "external.metrics.k8s.io",
            version: "v1beta1",
            groupPriorityMinimum: 100,
            versionPriority: 100,
            service: { name, namespace, port: 443 },
            caBundle: certificate.caBundle,
        },
    },
    { ...opts, dependsOn: [deployment, service, budget] },
);

export const apiServiceName = apiService.metadata.name;
export const secretName = secret.secretName;
export const renewalTime = certificate.renewalTime;
