import { X509Certificate } from "node:crypto";
import type { Cluster } from "../cluster/harness";
import type { Row } from "../support/documentTable";

interface NodeObject {
    status: { nodeInfo: { kubeletVersion: string; containerRuntimeVersion: string } };
}

/** What kind of cluster it is, as the cluster itself says. */
export async function describeCluster(cluster: Cluster): Promise<Row> {
    const text = await cluster.kubectl(["get", "nodes", "-o", "json"]);
    const { items } = JSON.parse(text) as { items: NodeObject[] };
    const distinct = (pick: (node: NodeObject) => string): string =>
        [...new Set(items.map(pick))].join(", ");
    const controlPlanes = cluster.nodes.filter(({ role }) => role === "controlPlane").length;
    const workers = cluster.nodes.length - controlPlanes;
    return {
        Kubernetes: distinct(({ status }) => status.nodeInfo.kubeletVersion),
        "container runtime": distinct(({ status }) => status.nodeInfo.containerRuntimeVersion),
        nodes: `${controlPlanes} + ${workers}`,
    };
}

/** The names in the certificate that a node's kubelet got, as they are in it. */
export async function certificateNames(cluster: Cluster, node: string): Promise<string> {
    const file = "/var/lib/kubelet/pki/kubelet-server-current.pem";
    const { stdout } = await cluster.exec(node, ["openssl", "x509", "-in", file]);
    return new X509Certificate(stdout).subjectAltName ?? "none";
}
