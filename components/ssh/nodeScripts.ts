import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import type { Identity } from "../nodes/inventory";
import { composeScript, headerLines, readScript } from "./composeScript";
import { composedScript, type ScriptName, type SCRIPTS } from "./scriptTable";

type Key<N extends ScriptName, K extends "required" | "optional"> = (typeof SCRIPTS)[N][K][number];

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
    return {
        name,
        settings: pulumi.output(given).apply((known): Record<string, string> => {
            const set = Object.entries(known).filter(
                (entry): entry is [string, string] => entry[1] !== undefined,
            );
            return { ...Object.fromEntries(set), SCRIPT: composedScript(name).file };
        }),
    };
}

/** What a command has on stdin: the settings, which script is meant, and what runs it if it is that one. */
export function loaderText({ settings }: NodeScript): pulumi.Output<string> {
    return settings.apply((known) => headerLines(known) + readScript("lib/loader.sh"));
}

/** The whole script behind its settings, for a look that leaves nothing on the node. */
export function wholeText({ name, settings }: NodeScript): pulumi.Output<string> {
    return settings.apply((known) => composeScript(known, [composedScript(name).text]));
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
        APPROVAL_TIMEOUT: String(approvalTimeout),
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
    return nodeScript("csr-approval", {
        NODE_NAME: node,
        INSTANCE: instanceOf(name),
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
    const digest = createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 8);
    return `${plain}-${digest}`;
}
