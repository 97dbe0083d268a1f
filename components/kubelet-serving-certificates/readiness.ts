import type * as pulumi from "@pulumi/pulumi";
import { inventoryText, type Identity } from "../nodes/inventory";
import { CsrApprovalMode, NodeRole } from "../nodes/nodeArgs";
import {
    approvalMode,
    approvalSeconds,
    ownIdentity,
    plannedNodes,
    type PlannedNode,
} from "../nodes/nodePlan";
import { connectionTo } from "../ssh/connection";
import { loadReadiness } from "../ssh/deferredSsh";
import { valueOf } from "../ssh/nodeCommand";
import { approvalScript, kubeletScript } from "../ssh/nodeScripts";
import type { KubeletServingCertificatesArgs } from "./kubeletServingCertificatesArgs";

/** What the look at all nodes is made from. */
export interface ReadinessContext {
    name: string;
    args: KubeletServingCertificatesArgs;
    all: pulumi.Output<Identity[]>;
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
        plannedNodes(context.args.nodes).map(async (node) => ({
            node: node.name,
            connection: await valueOf(connectionTo(node.args, context.args.ssh)),
            scripts: await Promise.all(scriptsFor(node, context).map(valueOf)),
        })),
    );
    const { requireAllReady } = loadReadiness();
    await requireAllReady(nodes);
}

/** The scripts that are going to run on a node, which say by their verb `ready` what they lack there. */
function scriptsFor(node: PlannedNode, context: ReadinessContext): pulumi.Output<string>[] {
    const { name, args, all } = context;
    const { interval, timeout } = approvalSeconds(args);
    const kubelet = kubeletScript(ownIdentity(name, node, args), timeout, args.kubeletCa);
    const approves =
        node.role === NodeRole.ControlPlane && approvalMode(args) === CsrApprovalMode.ControlPlane;
    return approves
        ? [kubelet, approvalScript(node.name, name, all.apply(inventoryText), interval)]
        : [kubelet];
}
