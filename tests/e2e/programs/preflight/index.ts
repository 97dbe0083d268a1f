import * as pulumi from "@pulumi/pulumi";
import { ClusterPreflight, type ClusterPreflightArgs } from "secure-metrics-server";

const config = new pulumi.Config();
const preflight = new ClusterPreflight("metrics", {
    nodes: config.requireObject<ClusterPreflightArgs["nodes"]>("nodes"),
    ssh: {
        ...config.getObject<ClusterPreflightArgs["ssh"]>("ssh"),
        privateKey: config.getSecret("sshPrivateKey"),
    },
});
export const kubernetesVersion = preflight.kubernetesVersion;
export const nodeCount = preflight.nodeCount;
