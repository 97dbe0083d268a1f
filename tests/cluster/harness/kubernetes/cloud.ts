import type { ClusterState, FirstAddress, NodeRecord } from "../state";
import { kubectl } from "./kubectl";

/** What a kubelet that waits for a cloud puts on its node, so that no pod comes before the cloud has had a look. */
const UNINITIALIZED = "node.cloudprovider.kubernetes.io/uninitialized";

/**
 * Does for a registered node what the controller of a cloud does, where the nodes belong to one: tells its addresses and lets
 * pods come. It is needed once: a kubelet with `--cloud-provider=external` keeps addresses that are there, also when it starts
 * again.
 */
export async function actAsCloud(state: ClusterState, node: NodeRecord): Promise<void> {
    const { firstAddress } = state.options;
    if (firstAddress === undefined) {
        return;
    }
    const status = JSON.stringify({ status: { addresses: addressesOf(firstAddress, node) } });
    const patch = ["patch", "node", node.nodeName, "--subresource=status", "--type=merge"];
    await kubectl(state, [...patch, `--patch=${status}`]);
    await kubectl(state, ["taint", "node", node.nodeName, `${UNINITIALIZED}-`]);
}

/** A node's addresses as its status has them. */
function addressesOf(
    first: FirstAddress,
    { ips, externalIp, nodeName }: NodeRecord,
): { type: string; address: string }[] {
    const internal = ips.map((address) => ({ type: "InternalIP", address }));
    const hostname = { type: "Hostname", address: nodeName };
    return first === "Hostname" || externalIp === undefined
        ? [hostname, ...internal]
        : [{ type: "ExternalIP", address: externalIp }, ...internal, hostname];
}
