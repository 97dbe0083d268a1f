import { isObject, lastJsonLine } from "../ssh/lastJsonLine";

/** What the node script did on one node, and what the kubelet serves since. */
export interface NodeResult {
    /** True when the node's kubelet configuration was changed by the run that is recorded in the state. */
    changed: boolean;
    /** True when that run restarted the kubelet. */
    restarted: boolean;
    /** When the kubelet's serving certificate expires, RFC 3339. A rotation replaces it before that. */
    notAfter: string;
    /** SHA-256 fingerprint of the served certificate, in hex. */
    certificateSha256: string;
}

/** The result of one node from what its script printed. */
export function nodeResult(stdout: string): NodeResult {
    const { changed, restarted, certificate } = lastJsonLine(stdout);
    const { notAfter, sha256 } = isObject(certificate) ? certificate : {};
    return {
        changed: changed === true,
        restarted: restarted === true,
        notAfter: typeof notAfter === "string" ? notAfter : "",
        certificateSha256: typeof sha256 === "string" ? sha256 : "",
    };
}
