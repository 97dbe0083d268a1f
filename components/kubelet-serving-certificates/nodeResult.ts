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

/** Reads the JSON object that a script prints on its last line. */
export function lastJsonLine(stdout: string): Record<string, unknown> {
    const line = stdout.trimEnd().split("\n").at(-1) ?? "";
    const shown = JSON.stringify(line.slice(0, 200));
    const value = parsed(line);
    if (value === undefined) {
        throw new Error(`the script's last line is not JSON: ${shown}`);
    }
    if (!isObject(value)) {
        throw new Error(`the script's last line is not a JSON object: ${shown}`);
    }
    return value;
}

function parsed(line: string): unknown {
    try {
        return JSON.parse(line);
    } catch {
        return undefined;
    }
}

function isObject(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !Array.isArray(value);
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
