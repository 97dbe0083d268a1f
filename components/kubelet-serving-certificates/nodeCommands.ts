import type { remote } from "@pulumi/command";
import type * as pulumi from "@pulumi/pulumi";

/** The commands that others of a roll-out wait for, as few as there can be: the state has the URN of each that is named. */
export interface NodeCommands {
    /** Of the node that is changed before all others. */
    canary: remote.Command[];
    /** The handshakes with all kubelets; where nobody makes them, those of nodes that no other node waits for. */
    verified: remote.Command[];
}

const ofComponents = new WeakMap<pulumi.Resource, NodeCommands>();

/** Lets others wait for the first node, and not for the handshakes that come after all of them. */
export function keepNodeCommands(component: pulumi.Resource, commands: NodeCommands): void {
    ofComponents.set(component, commands);
}

/** The commands that a component has made for its nodes. */
export function nodeCommandsOf(component: pulumi.Resource): NodeCommands {
    return ofComponents.get(component) ?? { canary: [], verified: [] };
}
