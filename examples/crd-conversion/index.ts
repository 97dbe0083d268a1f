import { CustomResourceDefinition } from "@pulumi/kubernetes/apiextensions/v1";
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

const name = "endpoint-conversion";
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

// Made before the pods and deleted after them, so a request that is on its way when the definition goes still reaches a pod. Without the
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
                            name: "converter",
                            image:
                                config.get("image") ??
                                "registry.k8s.io/e2e-test-images/agnhost:2.66.1",
                            args: [
                                "crd-conversion-webhook",
                                "--port=8443",
                                "--tls-cert-file=/tls/tls.crt",
                                "--tls-private-key-file=/tls/tls.key",
                            ],
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
                            volumeMounts: [{ name: "tls", mountPath: "/tls", readOnly: true }],
                        },
                    ],
                    // A renewed certificate is a Secret with another name, so the pods roll over to it.
                    volumes: [{ name: "tls", secret: { secretName: secret.secretName } }],
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

const schema = (properties: string[]) => ({
    openAPIV3Schema: {
        type: "object",
        properties: Object.fromEntries(properties.map((each) => [each, { type: "string" }])),
    },
});

// Last to be made and first to be deleted: without a converter nobody can read an object in another version than the stored one,
// and so neither can whoever has to delete all of them with the definition.
const definition = new CustomResourceDefinition(
    "definition",
    {
        metadata: { name: "endpoints.stable.example.com" },
        spec: {
            group: "stable.example.com",
            names: { kind: "Endpoint", listKind: "EndpointList", plural: "endpoints" },
            scope: "Namespaced",
            versions: [
                { name: "v1", served: true, storage: true, schema: schema(["hostPort"]) },
                { name: "v2", served: true, storage: false, schema: schema(["host", "port"]) },
            ],
            conversion: {
                strategy: "Webhook",
                webhook: {
                    conversionReviewVersions: ["v1"],
                    clientConfig: {
                        service: { name, namespace, path: "/crdconvert", port: 443 },
                        caBundle: certificate.caBundle,
                    },
                },
            },
        },
    },
    { ...opts, dependsOn: [deployment, service, budget] },
);

export const definitionName = definition.metadata.name;
export const secretName = secret.secretName;
export const renewalTime = certificate.renewalTime;
