import * as pulumi from "@pulumi/pulumi";
import { canonicalHostKey } from "./hostKey";
import { identityOf, type Identity } from "./inventory";
import { sshOf } from "./login";
import { NodeRole, type NodeArgs, type SshArgs } from "./nodeArgs";
import type { NodesArgs } from "./nodesArgs";
import { isComplete, nodesShapeProblem, peekNode, settleNode } from "./nodeFacts";
import { nodeProblems } from "./nodeProblems";
import {
    approvalOf,
    rolloutOf,
    settingProblems,
    type Approval,
    type Rollout,
} from "./nodeSettings";
import { HandDown } from "../shared/handDown";
import { refuse, type Owner, type Parsed } from "../shared/invalidArguments";
import { behind } from "../shared/knownNow";

/** One node, with all that the package needs to know of it. */
export interface InventoryNode {
    name: string;
    role: NodeRole;
    /** The node's own SSH settings, and for what it does not set, those for all nodes. */
    login: SshArgs;
    /** Where SSH reaches it. This and what follows has been checked, together with all nodes, when it is known. */
    host: pulumi.Output<string>;
    /** Algorithm and key. */
    hostKey: pulumi.Output<string>;
    /** The name, addresses and DNS names that its certificate may carry. */
    identity: pulumi.Output<Identity>;
}

/** The nodes as everything but the parser sees them. */
export interface Inventory {
    /** Sorted by name. */
    nodes: InventoryNode[];
    /** Those with the API server, sorted by name. */
    controlPlanes: InventoryNode[];
    /** The control plane that checks of the whole cluster run on. */
    first: InventoryNode | undefined;
    /** Of all nodes, in their order. */
    identities: pulumi.Output<Identity[]>;
    approval: Approval;
    rollout: Rollout;
}

/** Reads the arguments about nodes: everything that is wrong with them, or the inventory. */
export function parseNodes(args: NodesArgs, owner: Owner): Parsed<Inventory> {
    const shape = nodesShapeProblem(args.nodes);
    const approval = approvalOf(args);
    const given = shape === undefined ? sorted(args.nodes) : [];
    const facts = given.map(([name, node]) => peekNode(name, node, args.ssh));
    const problems = [
        ...(shape === undefined ? nodeProblems(facts, approval.mode) : [shape]),
        ...settingProblems(args),
    ];
    if (problems.length > 0) {
        return { problems };
    }
    const checked = facts.every(isComplete) ? Promise.resolve() : checkLater(given, args, owner);
    const nodes = given.map(([name, node]) => inventoryNode(name, node, args.ssh, checked));
    const controlPlanes = nodes.filter(({ role }) => role === NodeRole.ControlPlane);
    return {
        value: {
            nodes,
            controlPlanes,
            first: controlPlanes[0],
            identities: pulumi.all(nodes.map(({ identity }) => identity)),
            approval,
            rollout: rolloutOf(args),
        },
    };
}

/** In the order of their names, whatever the order of the keys. */
function sorted(nodes: Record<string, NodeArgs>): [string, NodeArgs][] {
    return Object.entries(nodes).sort(([a], [b]) => (a < b ? -1 : 1));
}

/**
 * Checks again, and all at once, when the values are known that were not. A preview checks what it knows. Nothing of any
 * node gets out of the inventory before, so no node is touched.
 */
function checkLater(given: [string, NodeArgs][], args: NodesArgs, owner: Owner): Promise<void> {
    const check = async (): Promise<void> => {
        const facts = await Promise.all(
            given.map(([name, node]) => settleNode(name, node, args.ssh)),
        );
        refuse(owner.component, owner.name, nodeProblems(facts, approvalOf(args).mode));
    };
    const checked = check();
    // Whatever of the inventory is used fails with it.
    checked.catch(() => undefined);
    return checked;
}

function inventoryNode(
    name: string,
    node: NodeArgs,
    ssh: SshArgs | undefined,
    checked: Promise<void>,
): InventoryNode {
    const login = sshOf(node, ssh);
    const { bastion } = login;
    // Not only what is used below: a node is known when all that is checked of it is known.
    const { host, hostKey, addresses } = node;
    const facts = { host, hostKey, addresses, port: login.port, user: login.user };
    const proxy = bastion && {
        host: bastion.host,
        hostKey: bastion.hostKey,
        port: bastion.port,
        user: bastion.user,
    };
    const known = pulumi.unsecret(behind(pulumi.output({ ...facts, proxy }), checked));
    return {
        name,
        role: node.role ?? NodeRole.Worker,
        login,
        host: known.apply((each) => each.host),
        hostKey: known.apply((each) => canonicalHostKey(each.hostKey)),
        identity: known.apply((each) => identityOf(name, each.host, each.addresses)),
    };
}

const fromParent = new HandDown<Inventory>();

/** Lets the component that is made from these arguments use the inventory as it was parsed. */
export function handInventoryDown<A extends object>(args: A, inventory: Inventory): A {
    return fromParent.give(args, inventory);
}

/** The inventory that the parent parsed, or what the arguments say. */
export function inventoryFrom(args: NodesArgs, owner: Owner): Parsed<Inventory> {
    const given = fromParent.take(args);
    return given === undefined ? parseNodes(args, owner) : { value: given };
}
