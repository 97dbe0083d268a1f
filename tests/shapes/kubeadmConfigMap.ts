import { createHash } from "node:crypto";
import type { Cluster } from "../cluster/harness";

const CONFIG_MAP = ["configmap", "kubelet-config", "--namespace=kube-system"];
/** By this kubeadm knows what it has made itself and nobody has changed since. */
const SIGNATURE = "kubeadm.kubernetes.io/component-config.hash";

/** What `kubeadm join` and `kubeadm upgrade` make of a kubelet's configuration. */
export function configMapText(cluster: Cluster): Promise<string> {
    return cluster.kubectl(["get", ...CONFIG_MAP, "--output=jsonpath={.data.kubelet}"]);
}

/** Makes kubeadm take the ConfigMap for its own, as on a cluster that was made without a KubeletConfiguration: most are. */
export async function signConfigMap(cluster: Cluster): Promise<void> {
    const digest = createHash("sha256")
        .update(await configMapText(cluster))
        .digest("hex");
    await cluster.kubectl(["annotate", ...CONFIG_MAP, `${SIGNATURE}=sha256:${digest}`]);
}

/** The setting as the running kubelet has it. */
export async function runningSetting(cluster: Cluster, nodeName: string): Promise<unknown> {
    const text = await cluster.kubectl(["get", `--raw=/api/v1/nodes/${nodeName}/proxy/configz`]);
    const { kubeletconfig } = JSON.parse(text) as { kubeletconfig: Record<string, unknown> };
    return kubeletconfig["serverTLSBootstrap"];
}
