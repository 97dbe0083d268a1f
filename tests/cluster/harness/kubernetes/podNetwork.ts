import { BUDGETS, found, notYet, until } from "../budgets";
import { initOf, execute } from "../node/machine";
import { routePods } from "../network";
import { type ClusterState, type NodeRecord, withNode } from "../state";
import { kubectl } from "./kubectl";

const CNI_FILE = "/etc/cni/net.d/10-pods.conflist";

/**
 * Gives a registered node the network of its pods: the addresses that Kubernetes has set aside for the node, one range a family,
 * on a bridge of the node, with routes to them on every other node and on the machine. Returns the state with those addresses.
 */
export async function connectPods(state: ClusterState, node: NodeRecord): Promise<ClusterState> {
    const jsonpath = "--output=jsonpath={.spec.podCIDRs[*]}";
    const podCIDRs = await until(`${node.name}'s podCIDRs`, BUDGETS.nodeReady, async () => {
        const ranges = await kubectl(state, ["get", "node", node.nodeName, jsonpath]);
        return ranges === "" ? notYet("a node without one") : found(ranges.split(" "));
    });
    const connected = { ...node, podCIDRs };
    const others = state.nodes.filter(({ name }) => name !== node.name);
    await routePods("replace", connected, initsOf({ ...state, nodes: others }));
    await execute(node.name, ["tee", CNI_FILE], { input: cniConfig(podCIDRs) });
    return withNode(state, connected);
}

/** The PID 1 of every node that runs. */
export function initsOf(state: ClusterState): number[] {
    return state.nodes.map(({ name }) => initOf(name)).filter((init) => init !== undefined);
}

/** No masquerading: packets between nodes keep their addresses, and there is nowhere else to go. */
function cniConfig(podCIDRs: string[]): string {
    const bridge = {
        type: "bridge",
        bridge: "cni0",
        isGateway: true,
        hairpinMode: true,
        ipam: {
            type: "host-local",
            ranges: podCIDRs.map((subnet) => [{ subnet }]),
            routes: podCIDRs.map((subnet) => ({
                dst: subnet.includes(":") ? "::/0" : "0.0.0.0/0",
            })),
        },
    };
    const portmap = { type: "portmap", capabilities: { portMappings: true } };
    const config = { cniVersion: "0.4.0", name: "pods", plugins: [bridge, portmap] };
    return `${JSON.stringify(config, undefined, 2)}\n`;
}
