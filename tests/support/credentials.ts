import type { Cluster } from "../cluster/harness";
import type { Credential } from "../cluster/csr/api";

/** The administrator's credential, from the cluster's kubeconfig. */
export async function administrator(cluster: Cluster): Promise<Credential> {
    const field = (path: string): Promise<string> =>
        cluster.kubectl(["config", "view", "--raw", "-o", `jsonpath={${path}}`]);
    const pem = async (path: string): Promise<string> =>
        Buffer.from(await field(path), "base64").toString();
    return {
        server: await field(".clusters[0].cluster.server"),
        ca: await pem(".clusters[0].cluster.certificate-authority-data"),
        cert: await pem(".users[0].user.client-certificate-data"),
        key: await pem(".users[0].user.client-key-data"),
    };
}

/** What a thief of a node has: its kubelet's own client certificate and key. */
export async function kubeletOf(cluster: Cluster, node: string): Promise<Credential> {
    const { server, ca } = await administrator(cluster);
    const path = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    const { stdout } = await cluster.exec(node, ["cat", path]);
    return { server, ca, cert: stdout, key: stdout };
}
