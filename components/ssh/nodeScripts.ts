import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import type { Identity } from "../nodes/inventory";
import { composeScript, embedFile, readScript } from "./composeScript";

/** Settings of a script; those without a value are left out. */
type Header = Record<string, pulumi.Input<string | undefined> | undefined>;

function script(header: Header, files: () => string[]): pulumi.Output<string> {
    return pulumi.output(header).apply((known) => {
        const set = Object.entries(known).filter(
            (entry): entry is [string, string] => entry[1] !== undefined,
        );
        return composeScript(Object.fromEntries(set), [readScript("lib/common.sh"), ...files()]);
    });
}

/** What a node's script is made of, behind common.sh and in this order. */
export const KUBELET_FILES = [
    "kubelet/process.sh",
    "kubelet/health.sh",
    "kubelet/certificate.sh",
    "kubelet/change.sh",
    "kubelet/kubelet.sh",
];

/** Turns serverTLSBootstrap on at one node. */
export function kubeletScript(
    own: pulumi.Output<Identity>,
    approvalTimeout: number,
    kubeletCa: pulumi.Input<string> | undefined,
): pulumi.Output<string> {
    return script(
        {
            NODE_NAME: own.apply(({ name }) => name),
            NODE_ADDRESSES: own.apply(({ names }) => names.join(" ")),
            APPROVAL_TIMEOUT: String(approvalTimeout),
            KUBELET_CA: kubeletCa,
        },
        () => KUBELET_FILES.map(readScript),
    );
}

/** Keeps kubeadm's kubelet-config ConfigMap in step. */
export function kubeletConfigScript(node: string): pulumi.Output<string> {
    return script({ NODE_NAME: node }, () => [readScript("kubelet/kubelet-config.sh")]);
}

/** Installs the approver and its timer on a control-plane node. */
export function approvalScript(
    node: string,
    name: string,
    inventory: pulumi.Output<string>,
    interval: number,
): pulumi.Output<string> {
    return script(
        {
            NODE_NAME: node,
            INSTANCE: instanceOf(name),
            INVENTORY: inventory,
            INTERVAL: String(interval),
        },
        () => [
            embedFile("approver_text", "approval/approver.sh"),
            readScript("approval/installer.sh"),
        ],
    );
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

/** Looks at the whole cluster before the first change, on a control-plane node. */
export function preflightScript(node: string, header: Header): pulumi.Output<string> {
    return script({ NODE_NAME: node, ...header }, () => [
        readScript("checks/cluster.sh"),
        readScript("checks/network-policies.sh"),
        readScript("checks/preflight.sh"),
    ]);
}

/** Verifies kubelets or metrics, on a control-plane node. */
export function verificationScript(node: string, header: Header): pulumi.Output<string> {
    return script({ NODE_NAME: node, ...header }, () => [
        readScript("checks/cluster.sh"),
        readScript("checks/diagnosis.sh"),
        readScript("checks/verification.sh"),
    ]);
}
