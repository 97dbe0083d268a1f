import * as pulumi from "@pulumi/pulumi";
import { sshOf } from "./login";
import { peek, settled, type Peeked } from "../shared/knownNow";
import type { NodeArgs, SshArgs } from "./nodeArgs";

/** What can be checked of a host that SSH connects to. */
export interface HostFacts {
    host: Peeked<string | undefined>;
    hostKey: Peeked<string | undefined>;
    port: Peeked<number | undefined>;
    user: Peeked<string | undefined>;
}

/** What can be checked of a node, now or later: no private key, so that no message can show one. */
export interface NodeFacts extends HostFacts {
    name: string;
    role: string | undefined;
    addresses: Peeked<string | undefined>[] | undefined;
    bastion: HostFacts | undefined;
}

/** What is known of a node before any resource exists. */
export function peekNode(name: string, node: NodeArgs, ssh: SshArgs | undefined): NodeFacts {
    const login = sshOf(node, ssh);
    const { bastion } = login;
    return {
        name,
        role: node.role,
        host: peek(node.host),
        hostKey: peek(node.hostKey),
        port: peek(login.port),
        user: peek(login.user),
        addresses: node.addresses?.map((address) => peek(address)),
        bastion: bastion && {
            host: peek(bastion.host),
            hostKey: peek(bastion.hostKey),
            port: peek(bastion.port),
            user: peek(bastion.user),
        },
    };
}

/** What is known of a node once other resources exist. In a run that is everything. */
export async function settleNode(
    name: string,
    node: NodeArgs,
    ssh: SshArgs | undefined,
): Promise<NodeFacts> {
    const login = sshOf(node, ssh);
    const { bastion } = login;
    return {
        name,
        role: node.role,
        host: await settled(node.host),
        hostKey: await settled(node.hostKey),
        port: await settled(login.port),
        user: await settled(login.user),
        addresses:
            node.addresses && (await Promise.all(node.addresses.map((each) => settled(each)))),
        bastion: bastion && {
            host: await settled(bastion.host),
            hostKey: await settled(bastion.hostKey),
            port: await settled(bastion.port),
            user: await settled(bastion.user),
        },
    };
}

/** True when nothing of a node is known later only. */
export function isComplete(node: NodeFacts): boolean {
    return [node, ...(node.bastion === undefined ? [] : [node.bastion])]
        .flatMap(({ host, hostKey, port, user }) => [host, hostKey, port, user])
        .concat(node.addresses ?? [])
        .every((each) => each.known);
}

/** Why `nodes` cannot be used at all, or undefined. It decides which resources exist, so a preview has to know it. */
export function nodesShapeProblem(nodes: unknown): string | undefined {
    if (pulumi.Output.isInstance(nodes) || nodes instanceof Promise) {
        return "nodes is known only after other resources exist; expected a plain map whose keys are node names (its hosts and host keys may be outputs)";
    }
    if (typeof nodes !== "object" || nodes === null || Array.isArray(nodes)) {
        return "nodes is not a map; expected one entry a node, keyed by node name";
    }
    const bad = Object.entries(nodes as Record<string, unknown>).find(
        ([, node]) =>
            pulumi.Output.isInstance(node) ||
            node instanceof Promise ||
            typeof node !== "object" ||
            node === null,
    );
    return bad && `nodes.${bad[0]} is not a plain object; expected { host, hostKey, … }`;
}
