import * as pulumi from "@pulumi/pulumi";
import type { Identity } from "../nodes/inventory";
import { DEFAULT_APPROVAL_SECONDS } from "../nodes/nodeSettings";
import { digest } from "../shared/digest";
import { composeScript, dense, headerLines, readScript } from "./composeScript";
import { composedScript, scriptEntry, type ScriptName, type SCRIPTS } from "./scriptTable";

type Key<N extends ScriptName, K extends "required" | "optional"> = Exclude<
    (typeof SCRIPTS)[N][K][number],
    "STACK"
>;

/** The settings of a script; those without a value are left out. */
export type Settings<N extends ScriptName> = Record<Key<N, "required">, pulumi.Input<string>> &
    Partial<Record<Key<N, "optional">, pulumi.Input<string | undefined> | undefined>>;

/** A script of the table with the settings of one node. None of them is ever a secret. */
export interface NodeScript {
    name: ScriptName;
    settings: pulumi.Output<Record<string, string>>;
}

export function nodeScript<N extends ScriptName>(name: N, settings: Settings<N>): NodeScript {
    const given = settings as Record<string, pulumi.Input<string | undefined> | undefined>;
    const added = {
        SCRIPT: composedScript(name).file,
        ...(scriptEntry(name).required.includes("STACK") && { STACK: stackTag() }),
    };
    return {
        name,
        settings: pulumi.output(given).apply((known): Record<string, string> => {
            const set = Object.entries(known).filter(
                (entry): entry is [string, string] => entry[1] !== undefined,
            );
            return { ...Object.fromEntries(set), ...added };
        }),
    };
}

/** What runs a script on a node if it is the one that was sent. */
export function loaderOf(name: ScriptName): string {
    const file = scriptEntry(name).place === "state" ? "lib/load-kept.sh" : "lib/load-once.sh";
    return dense(readScript(file));
}

/** What a command has on stdin: the settings, which script is meant, and what runs it if it is that one. */
export function loaderText({ name, settings }: NodeScript): pulumi.Output<string> {
    return settings.apply((known) => headerLines(known) + loaderOf(name));
}

/** The whole script behind its settings, for a look that leaves nothing on the node. */
export function wholeText({ name, settings }: NodeScript): pulumi.Output<string> {
    return settings.apply((known) => composeScript(known, [composedScript(name).text]));
}

/** A word for this stack, by which its uploads are told from those of others on the same node. */
export function stackTag(): string {
    return digestOf([pulumi.getProject(), pulumi.getStack()]);
}

function digestOf(words: string[]): string {
    return digest(JSON.stringify(words)).slice(0, 8);
}

/** Turns serverTLSBootstrap on at one node. */
export function kubeletScript(
    own: pulumi.Output<Identity>,
    approvalTimeout: number,
    kubeletCa: pulumi.Input<string> | undefined,
): NodeScript {
    return nodeScript("kubelet", {
        NODE_NAME: own.apply(({ name }) => name),
        NODE_ADDRESSES: own.apply(({ names }) => names.join(" ")),
        // The script has the same default, and the state of each node need not have it.
        APPROVAL_TIMEOUT:
            approvalTimeout === DEFAULT_APPROVAL_SECONDS ? undefined : String(approvalTimeout),
        KUBELET_CA: kubeletCa,
    });
}

/** Installs the approver, its credential and its timer on a control-plane node. */
export function approvalScript(
    node: string,
    name: string,
    nodes: { inventory: pulumi.Output<string>; controlPlanes: string[] },
    interval: number,
): NodeScript {
    const instance = instanceOf(name);
    return nodeScript("csr-approval", {
        NODE_NAME: node,
        INSTANCE: instance,
        TRACE: `/etc/secure-metrics-server/csr-inventory.d/${instance}`,
        INVENTORY: nodes.inventory,
        CONTROL_PLANES: nodes.controlPlanes.join(" "),
        INTERVAL: String(interval),
    });
}

/** A file name for this component in this stack: several stacks may share a cluster. */
function instanceOf(name: string): string {
    const parts = [pulumi.getProject(), pulumi.getStack(), name];
    const plain = parts
        .join(".")
        .toLowerCase()
        .replace(/[^a-z0-9._-]/g, "-")
        .slice(0, 150);
    // Names that differ only in what a file name cannot show have files of their own.
    return `${plain}-${digestOf(parts)}`;
}
