import type * as pulumi from "@pulumi/pulumi";
import { inventoryText } from "../nodes/inventory";
import { CsrApprovalMode, NodeRole } from "../nodes/nodeArgs";
import type { Inventory, InventoryNode } from "../nodes/parseNodes";
import { connectionTo } from "../ssh/connection";
import { loadReadiness } from "../ssh/deferredSsh";
import { valueOf } from "../ssh/nodeCommand";
import {
    approvalScript,
    kubeletScript,
    nodeScript,
    wholeText,
    type NodeScript,
} from "../ssh/nodeScripts";
import { secondsFor } from "../ssh/scriptTable";

/** What the look at all nodes is made from. */
export interface ReadinessContext {
    name: string;
    inventory: Inventory;
    kubeletCa: pulumi.Input<string> | undefined;
    /** Whether an API server without the aggregation layer is a problem. Verified kubelets alone do not need it. */
    needsAggregation?: boolean;
    /** The file on the control planes with the kubelets' CA, where one is mounted. */
    kubeletCaHostPath?: string | undefined;
    /** Further scripts that are going to run on a node. Asked only when the look is made. */
    others?: (node: string) => NodeScript[];
}

/**
 * A look at all nodes, over SSH and read-only, for what the scripts will need there. It is made once, by whatever is created
 * first, and fails with all that was found: a second control plane without a tool is known before the first one is changed.
 */
export function nodesReadiness(context: ReadinessContext): () => Promise<void> {
    let look: Promise<void> | undefined;
    return () => (look ??= requireReady(context));
}

const ofParents = new WeakMap<pulumi.Resource, () => Promise<void>>();

/** A child of this component makes no look of its own. */
export function shareReadiness(parent: pulumi.Resource, ready: () => Promise<void>): void {
    ofParents.set(parent, ready);
}

/** The look that the parent makes, or else one of its own. */
export function inheritedReadiness(
    parent: pulumi.Resource | undefined,
    context: ReadinessContext,
): () => Promise<void> {
    return (parent && ofParents.get(parent)) ?? nodesReadiness(context);
}

/** Scripts are composed and connections resolved only here: a run that creates nothing needs neither. */
async function requireReady(context: ReadinessContext): Promise<void> {
    const nodes = await Promise.all(
        context.inventory.nodes.map(async (node) => ({
            node: node.name,
            connection: await valueOf(connectionTo(node)),
            scripts: await Promise.all(
                scriptsFor(node, context).map(async (script) => ({
                    text: await valueOf(wholeText(script)),
                    seconds: secondsFor(script.name, "ready"),
                })),
            ),
        })),
    );
    const { requireAllReady } = loadReadiness();
    await requireAllReady(nodes);
}

/** The scripts that are going to run on a node, which say by their verb `ready` what they lack there. */
function scriptsFor(node: InventoryNode, context: ReadinessContext): NodeScript[] {
    return [...ownScriptsFor(node, context), ...(context.others?.(node.name) ?? [])];
}

function ownScriptsFor(node: InventoryNode, context: ReadinessContext): NodeScript[] {
    const { name, inventory, kubeletCa, needsAggregation = false, kubeletCaHostPath } = context;
    const { mode, interval, timeout } = inventory.approval;
    const kubelet = kubeletScript(node.identity, timeout, kubeletCa);
    if (node.role !== NodeRole.ControlPlane) {
        return [kubelet];
    }
    const apiServer = needsAggregation
        ? [
              nodeScript("api-server", {
                  NODE_NAME: node.name,
                  KUBELET_CA_FILE: kubeletCaHostPath,
              }),
          ]
        : [];
    if (mode !== CsrApprovalMode.ControlPlane) {
        return [kubelet, ...apiServer];
    }
    const known = {
        inventory: inventory.identities.apply(inventoryText),
        controlPlanes: inventory.controlPlanes.map((each) => each.name),
    };
    return [kubelet, approvalScript(node.name, name, known, interval), ...apiServer];
}
