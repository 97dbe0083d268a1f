/** What the `status` verb of a script prints. */
export interface NodeStatus {
    /** True when `ensure` would change nothing. */
    inSync: boolean;
    /** Why it would, in words such as `serverTLSBootstrap:false`. */
    causes: string[];
    /** Changes with every change of what was looked at, so that the same drift twice shows twice. */
    digest: string;
}

/** True when a script's answer is a status. */
export function isNodeStatus(value: unknown): value is NodeStatus {
    const status = value as Partial<NodeStatus> | null;
    return (
        typeof status === "object" &&
        status !== null &&
        typeof status.inSync === "boolean" &&
        Array.isArray(status.causes) &&
        status.causes.every(isCause) &&
        typeof status.digest === "string" &&
        /^[0-9a-f]{0,64}$/.test(status.digest)
    );
}

/** One word: what else a node says is not a cause. */
function isCause(cause: unknown): boolean {
    return typeof cause === "string" && /^[A-Za-z][A-Za-z0-9:._-]{0,79}$/.test(cause);
}

/** The words that show drift in a preview: `serverTLSBootstrap:false@8c0bc4`. Harmless as arguments of a shell command. */
export function repairMarker(status: NodeStatus): string {
    const causes = status.causes.map(harmless).filter((cause) => cause !== "");
    const digest = harmless(status.digest).slice(0, 12);
    return `${(causes.length > 0 ? causes : ["drift"]).join(",").slice(0, 160)}@${digest}`;
}

function harmless(text: string): string {
    return text.replace(/[^A-Za-z0-9:._-]/g, "-").slice(0, 80);
}
