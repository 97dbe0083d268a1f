import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { KubeletServingCertificates, type NodesArgs } from "secure-metrics-server";

interface Settings extends Pick<NodesArgs, "nodes" | "onRemove" | "driftDetection"> {
    privateKey: string;
}

const { nodes, onRemove, driftDetection, privateKey } = JSON.parse(
    readFileSync("nodes.json", "utf8"),
) as Settings;
const { notAfter, results } = new KubeletServingCertificates("kubelets", {
    nodes,
    ...(onRemove !== undefined && { onRemove }),
    ...(driftDetection !== undefined && { driftDetection }),
    ssh: { user: "ubuntu", privateKey: pulumi.secret(privateKey) },
});

export { notAfter, results };
