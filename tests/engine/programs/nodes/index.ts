import { readFileSync } from "node:fs";
import * as pulumi from "@pulumi/pulumi";
import { KubeletServingCertificates, type NodesArgs } from "secure-metrics-server";

interface Settings extends Pick<NodesArgs, "nodes" | "onRemove"> {
    privateKey: string;
}

const { nodes, onRemove, privateKey } = JSON.parse(readFileSync("nodes.json", "utf8")) as Settings;
new KubeletServingCertificates("kubelets", {
    nodes,
    ...(onRemove !== undefined && { onRemove }),
    ssh: { user: "ubuntu", privateKey: pulumi.secret(privateKey) },
});
