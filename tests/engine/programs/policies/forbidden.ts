import { remote } from "@pulumi/command";
import { APIService, APIServicePatch } from "@pulumi/kubernetes/apiregistration/v1";
import { ValidatingWebhookConfiguration } from "@pulumi/kubernetes/admissionregistration/v1";
import { CustomResource } from "@pulumi/kubernetes/apiextensions";
import {
    DaemonSet,
    Deployment,
    DeploymentPatch,
    ReplicaSet,
    StatefulSet,
} from "@pulumi/kubernetes/apps/v1";
import { CronJob, Job } from "@pulumi/kubernetes/batch/v1";
import { ConfigMap, Pod, Secret } from "@pulumi/kubernetes/core/v1";
import { Chart as ChartV3, Release } from "@pulumi/kubernetes/helm/v3";
import { Chart } from "@pulumi/kubernetes/helm/v4";
import { ConfigGroup as ConfigGroupV1 } from "@pulumi/kubernetes/yaml";
import { ConfigGroup } from "@pulumi/kubernetes/yaml/v2";
import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";
import { clusters, kubeconfig } from "./clusters";

// The name of every resource says what is wrong with it.
const { offline, rendered } = clusters();
const opts = { provider: offline };
const inCluster = { provider: rendered };
const config = new pulumi.Config();
const host = "192.0.2.1";
const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOghebS8R9/reMLzqFzq9akk1eHTK1r0hq1x6bf2oEy7";
/** Known only after an update. */
const later = new remote.Command("not-yet-known", {
    create: "true",
    connection: { host, hostKey: key },
}).stdout;

const INSECURE = "--kubelet-insecure-tls";
const labels = { app: "metrics-server" };
const selector = { matchLabels: labels };
const container = { name: "metrics-server", image: "metrics-server" };
const template = (spec: object) => ({ metadata: { labels }, spec: spec as never });
const withArgs = (...args: pulumi.Input<string>[]) =>
    template({ containers: [{ ...container, args }] });
const service = (name: string) => ({
    group: `${name}.example.com`,
    version: "v1",
    groupPriorityMinimum: 100,
    versionPriority: 100,
    service: { name, namespace: "default" },
});
const manifest = (name: string) => `apiVersion: v1
kind: Pod
metadata: { name: ${name} }
spec:
    containers:
        - { name: metrics-server, image: metrics-server, args: [${INSECURE}] }
`;

// kubelet-verified
new Deployment(
    "flag-in-deployment",
    { spec: { selector, template: withArgs("--v=2", INSECURE) } },
    opts,
);
new DaemonSet(
    "flag-in-command-of-daemonset",
    {
        spec: {
            selector,
            template: template({ containers: [{ ...container, command: ["ms", INSECURE] }] }),
        },
    },
    opts,
);
new StatefulSet(
    "flag-with-separate-false",
    { spec: { selector, serviceName: "x", template: withArgs(INSECURE, "false") } },
    opts,
);
new ReplicaSet(
    "flag-equals-true",
    { spec: { selector, template: withArgs(`${INSECURE}=true`) } },
    opts,
);
new Job(
    "flag-in-init-container-of-job",
    {
        spec: {
            template: template({
                initContainers: [{ ...container, command: ["sh", "-c", `exec ms ${INSECURE}`] }],
                containers: [container],
                restartPolicy: "Never",
            }),
        },
    },
    opts,
);
new CronJob(
    "flag-in-cronjob",
    { spec: { schedule: "@daily", jobTemplate: { spec: { template: withArgs(INSECURE) } } } },
    opts,
);
new Pod(
    "flag-in-environment",
    {
        spec: {
            containers: [{ ...container, args: ["$(F)"], env: [{ name: "F", value: INSECURE }] }],
        },
    },
    opts,
);
new Pod(
    "flag-of-parts-from-environment",
    {
        spec: {
            containers: [
                {
                    ...container,
                    args: [later, "--kubelet-$(F)"],
                    env: [
                        { name: "LATER", value: later },
                        { name: "F", value: "insecure-tls" },
                    ],
                },
            ],
        },
    },
    opts,
);
new Pod(
    "flag-beside-unknown-values",
    {
        spec: {
            volumes: [{ name: "tls", secret: { secretName: later } }],
            containers: [{ ...container, args: [later, INSECURE] }],
        },
    },
    opts,
);
new Pod(
    "flag-in-a-secret",
    { spec: pulumi.secret({ containers: [{ ...container, args: [INSECURE] }] }) },
    opts,
);
new DeploymentPatch(
    "flag-in-patch",
    { metadata: { name: "metrics-server" }, spec: { template: withArgs(INSECURE) } },
    opts,
);
new CustomResource(
    "flag-in-custom-resource",
    { apiVersion: "example.com/v1", kind: "MetricsServer", spec: { extraArgs: [INSECURE] } },
    opts,
);
new ConfigMap("flag-in-manifest", { data: { "pod.yaml": `args:\n    - ${INSECURE}\n` } }, opts);
new Secret(
    "flag-in-base64",
    { data: { "pod.yaml": Buffer.from(manifest("from-base64")).toString("base64") } },
    opts,
);
new CustomResource(
    "flag-added-by-kyverno",
    {
        apiVersion: "kyverno.io/v1",
        kind: "ClusterPolicy",
        spec: {
            rules: [{ mutate: { patchStrategicMerge: { spec: withArgs(INSECURE).spec } } }],
        },
    },
    opts,
);
new Release(
    "flag-in-values-file",
    {
        chart: "./charts/shortcut",
        valueYamlFiles: [new pulumi.asset.FileAsset("./charts/values.yaml")],
    },
    opts,
);
new Chart("chart", { chart: "./charts/shortcut" }, inCluster);
new ChartV3("chart-v3", { path: "./charts/shortcut", resourcePrefix: "v3" }, inCluster);
new ConfigGroup("group", { yaml: manifest("from-group") }, inCluster);
new ConfigGroupV1("group-v1", { yaml: manifest("from-group-v1") }, inCluster);

// api-service-verified
new APIService("skips", { spec: { ...service("skips"), insecureSkipTLSVerify: true } }, opts);
new APIServicePatch(
    "skips-in-patch",
    { metadata: { name: "v1.x" }, spec: { insecureSkipTLSVerify: true } },
    opts,
);
new CustomResource(
    "skips-in-old-version",
    {
        apiVersion: "apiregistration.k8s.io/v1beta1",
        kind: "APIService",
        spec: { ...service("old"), insecureSkipTLSVerify: true },
    },
    opts,
);
new Release("skips-by-default", { chart: "./charts/metrics-server" }, opts);
new CustomResource(
    "skips-by-default-by-flux",
    {
        apiVersion: "helm.toolkit.fluxcd.io/v2",
        kind: "HelmRelease",
        spec: { chart: { spec: { chart: "metrics-server" } }, values: { image: { tag: later } } },
    },
    opts,
);
new CustomResource(
    "skips-in-values-of-argo",
    {
        apiVersion: "argoproj.io/v1alpha1",
        kind: "Application",
        spec: {
            source: {
                chart: "metrics-server",
                helm: { values: "apiService: { insecureSkipTLSVerify: yes }" },
            },
        },
    },
    opts,
);

// api-server-verified
new Provider("any-server", {
    clusterIdentifier: "any-server",
    kubeconfig: kubeconfig({ "insecure-skip-tls-verify": true }),
});
new Secret(
    "any-server-in-secret",
    { stringData: { kubeconfig: kubeconfig({ "insecure-skip-tls-verify": true }) } },
    opts,
);

// ssh-host-key-pinned
new remote.Command("any-host", { create: "true", connection: { host } });
new remote.Command("blank-key", { create: "true", connection: { host, hostKey: " " } });
new remote.Command("any-bastion", {
    create: "true",
    connection: { host, hostKey: key, proxy: { host: "192.0.2.2" } },
});
new remote.CopyToRemote("any-host-gets-a-copy", {
    connection: { host, privateKey: config.requireSecret("key") },
    source: new pulumi.asset.StringAsset("text"),
    remotePath: "/tmp/text",
});

// ca-bundle-valid
const bundled = (name: string, caBundle: pulumi.Input<string>): void => {
    new APIService(name, { spec: { ...service(name), caBundle } }, opts);
};
bundled("expired-bundle", config.require("expired"));
bundled("expiring-bundle", config.require("expiring"));
bundled("bundle-of-expired-and-expiring", config.require("both"));
bundled("bundle-without-certificate", "AA==");
bundled("bundle-with-garbage", config.require("garbage"));
new ValidatingWebhookConfiguration(
    "expired-bundle-of-webhook",
    {
        webhooks: [
            {
                name: "w.example.com",
                sideEffects: "None",
                admissionReviewVersions: ["v1"],
                clientConfig: { url: "https://w.example.com", caBundle: config.require("expired") },
            },
        ],
    },
    opts,
);
