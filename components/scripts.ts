import * as pulumi from "@pulumi/pulumi";
import type { Identity } from "./inventory";
import type { CsrApprovalArgs } from "./nodeArgs";
import { composeScript, embedFile, readScript } from "./remoteScript";

/** Settings of a script; those without a value are left out. */
type Header = Record<string, pulumi.Input<string> | undefined>;

function script(header: Header, files: () => string[]): pulumi.Output<string> {
    return pulumi.output(header).apply((known) => {
        const set = Object.entries(known).filter(
            (entry): entry is [string, string] => entry[1] !== undefined,
        );
        return composeScript(Object.fromEntries(set), [readScript("common.sh"), ...files()]);
    });
}

/** Turns serverTLSBootstrap on at one node. */
export function kubeletScript(
    node: string,
    own: pulumi.Output<Identity[]>,
    approvalTimeout: number,
    kubeletCa: pulumi.Input<string> | undefined,
): pulumi.Output<string> {
    return script(
        {
            NODE_NAME: node,
            NODE_ADDRESSES: own.apply((all) => all.flatMap(({ names }) => names).join(" ")),
            APPROVAL_TIMEOUT: String(approvalTimeout),
            KUBELET_CA: kubeletCa,
        },
        () => [readScript("kubelet-lib.sh"), readScript("kubelet.sh")],
    );
}

/** Keeps kubeadm's kubelet-config ConfigMap in step. */
export function kubeletConfigScript(node: string): pulumi.Output<string> {
    return script({ NODE_NAME: node }, () => [readScript("kubelet-config.sh")]);
}

/** Installs the approver and its timer on a control-plane node. */
export function approvalScript(
    node: string,
    name: string,
    inventory: pulumi.Output<string>,
    approval: CsrApprovalArgs | undefined,
): pulumi.Output<string> {
    return script(
        {
            NODE_NAME: node,
            INSTANCE: instanceOf(name),
            INVENTORY: inventory,
            INTERVAL: String(approval?.intervalSeconds ?? 60),
        },
        () => [embedFile("approver_text", "approve-csrs.sh"), readScript("csr-approval.sh")],
    );
}

/** A file name for this component in this stack: several stacks may share a cluster. */
function instanceOf(name: string): string {
    return `${pulumi.getProject()}.${pulumi.getStack()}.${name}`
        .toLowerCase()
        .replaceAll(/[^a-z0-9._-]/g, "-");
}

/** Looks at the whole cluster before the first change, on a control-plane node. */
export function preflightScript(node: string, header: Header): pulumi.Output<string> {
    return script({ NODE_NAME: node, ...header }, () => [
        readScript("cluster-lib.sh"),
        readScript("preflight.sh"),
    ]);
}

/** Verifies kubelets or metrics, on a control-plane node. */
export function verificationScript(node: string, header: Header): pulumi.Output<string> {
    return script({ NODE_NAME: node, ...header }, () => [
        readScript("cluster-lib.sh"),
        readScript("verification.sh"),
    ]);
}
