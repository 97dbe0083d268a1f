import * as pulumi from "@pulumi/pulumi";
import { NodeRole, OnRemove, type NodeArgs, type NodesArgs } from "secure-metrics-server";
import type { Farm } from "../nodes/farm";

/** The nodes as the components take them. */
export function nodesArgs({ nodes, user, privateKey, maxUnavailable }: Farm): NodesArgs {
    const entries = nodes.map((node): [string, NodeArgs] => [
        node.name,
        {
            host: node.host,
            hostKey: node.hostKey,
            addresses: [node.address],
            ssh: { port: node.port },
            role: node.controlPlane ? NodeRole.ControlPlane : NodeRole.Worker,
        },
    ]);
    return {
        nodes: Object.fromEntries(entries),
        ssh: { user, privateKey: pulumi.secret(privateKey) },
        maxUnavailable,
        onRemove: OnRemove.Revert,
    };
}
