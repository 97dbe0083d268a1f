import * as pulumi from "@pulumi/pulumi";
import { sshOf } from "./login";
import { peek } from "../shared/knownNow";
import type { BastionArgs, NodeArgs, SshArgs } from "./nodeArgs";
import type { EndpointFacts, NodeFacts } from "./nodeProblems";

/** What is known of `nodes` before any resource exists. */
export function peekNodes(nodes: Record<string, NodeArgs>, ssh: SshArgs | undefined): NodeFacts[] {
    return Object.entries(nodes).map(([name, node]) => {
        const login = sshOf(node, ssh);
        return {
            name,
            host: peek(node.host),
            hostKey: peek(node.hostKey),
            port: peek(login.port),
            user: peek(login.user),
            role: node.role,
            addresses: node.addresses?.map((address) => peek(address)),
            bastion: login.bastion && peekBastion(login.bastion),
        };
    });
}

function peekBastion(bastion: BastionArgs): EndpointFacts {
    return {
        host: peek(bastion.host),
        hostKey: peek(bastion.hostKey),
        port: peek(bastion.port),
        user: peek(bastion.user),
    };
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
