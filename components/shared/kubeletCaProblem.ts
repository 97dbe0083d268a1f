import type { Input } from "@pulumi/pulumi";
import { LATER, peek } from "./knownNow";

/** What is wrong with the CA certificates that verify kubelets, or undefined. */
export function kubeletCaProblem(kubeletCa: Input<string> | undefined): string | undefined {
    const ca = peek(kubeletCa);
    if (ca === undefined || ca === LATER) {
        return undefined;
    }
    if (/PRIVATE KEY-----/.test(ca)) {
        return "kubeletCa has a private key; expected certificates only: it goes to nodes and into a ConfigMap in the clear";
    }
    return /-----BEGIN CERTIFICATE-----/.test(ca)
        ? undefined
        : "kubeletCa has no PEM certificate; expected -----BEGIN CERTIFICATE----- …";
}
