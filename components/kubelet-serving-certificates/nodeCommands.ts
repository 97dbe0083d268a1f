import type { remote } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";

/** The commands of the nodes of one roll-out. */
export interface NodeCommands {
    /** Of the node that is changed before all others. */
    canary: remote.Command[];
    all: remote.Command[];
}

const ofComponents = new WeakMap<pulumi.Resource, NodeCommands>();

/** Lets others wait for nodes, and not for the handshakes that come after all of them. */
export function keepNodeCommands(component: pulumi.Resource, commands: NodeCommands): void {
    ofComponents.set(component, commands);
}

/** The commands that a component has made for its nodes. */
export function nodeCommandsOf(component: pulumi.Resource): NodeCommands {
    return ofComponents.get(component) ?? { canary: [], all: [] };
}
