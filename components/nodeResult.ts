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

interface ScriptResult {
    changed?: boolean;
    restarted?: boolean;
    certificate?: { notAfter?: string; sha256?: string };
}

/** Reads the JSON object that a script prints on its last line. */
export function lastJsonLine(stdout: string): unknown {
    const line = stdout.trimEnd().split("\n").at(-1) ?? "";
    try {
        return JSON.parse(line) as unknown;
    } catch {
        throw new Error(
            `the script's last line is not JSON: ${JSON.stringify(line.slice(0, 200))}`,
        );
    }
}

/** The result of one node from what its script printed. */
export function nodeResult(stdout: string): NodeResult {
    const result = lastJsonLine(stdout) as ScriptResult;
    return {
        changed: result.changed ?? false,
        restarted: result.restarted ?? false,
        notAfter: result.certificate?.notAfter ?? "",
        certificateSha256: result.certificate?.sha256 ?? "",
    };
}
