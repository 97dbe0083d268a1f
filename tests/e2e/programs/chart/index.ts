import { Release } from "@pulumi/kubernetes/helm/v3";
import { Provider } from "@pulumi/kubernetes/provider";
import * as pulumi from "@pulumi/pulumi";

const config = new pulumi.Config();
const cluster = new Provider("cluster", { kubeconfig: config.require("kubeconfig") });

// As most clusters have it: from the chart, and with kubelets that nobody verifies.
new Release(
    "metrics-server",
    {
        name: "metrics-server",
        namespace: "kube-system",
        chart: config.require("chart"),
        values: { args: ["--kubelet-insecure-tls"], image: { tag: config.require("tag") } },
    },
    { provider: cluster },
);
