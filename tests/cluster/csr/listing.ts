import type { KubeletNames } from "./request";

/** A CertificateSigningRequest as far as the approver looks at it. */
export interface PendingRequest {
    name: string;
    uid: string;
    resourceVersion: string;
    creationTimestamp: string;
    username: string;
    signerName: string;
    groups: string[];
    usages: string[];
    expirationSeconds?: number | undefined;
    /** What the API server writes down about the credential of the sender; Kubernetes before 1.32 does not. */
    credentialIds?: string[] | undefined;
    pem: Buffer;
}

/** A request with the fields that the API server would set for the kubelet of `node`. */
export function pendingRequest(
    node: string,
    pem: Buffer,
    number: number,
    changes: Partial<PendingRequest> = {},
): PendingRequest {
    const serial = String(number).padStart(5, "0");
    return {
        name: `csr-${serial}`,
        uid: `00000000-0000-0000-0000-0000000${serial}`,
        resourceVersion: String(1000 + number),
        creationTimestamp: "2026-01-01T00:00:00Z",
        username: `system:node:${node}`,
        signerName: "kubernetes.io/kubelet-serving",
        groups: ["system:nodes", "system:authenticated"],
        usages: ["digital signature", "server auth"],
        pem,
        ...changes,
    };
}

/**
 * What the approver's go-template prints for a request. The scripts tier has no kubectl: here it is imitated, and the
 * cluster tier runs the template itself over the same suite.
 */
export function requestLine(request: PendingRequest): string {
    const list = (values: string[]): string => values.map((value) => `${goQuote(value)},`).join("");
    const { pem } = request;
    return [
        "R",
        goQuote(request.name),
        goQuote(request.uid),
        goQuote(request.resourceVersion),
        goQuote(request.creationTimestamp),
        goQuote(request.username),
        goQuote(request.signerName),
        list(request.groups),
        list(request.usages),
        String(request.expirationSeconds ?? "<nil>"),
        list(request.credentialIds ?? []),
        pem.length > 8192 ? String(pem.length) : goQuote(pem.toString("latin1")),
    ].join("\t");
}

/** Addresses in the order and with the types in which a Node shows them. */
export function nodeLine(node: string, addresses: { type: string; address: string }[]): string {
    const fields = addresses.flatMap(({ type, address }) => [goQuote(type), goQuote(address)]);
    return ["N", goQuote(node), ...fields].join("\t");
}

/** That a Node has the label of control planes. */
export function controlPlaneLine(node: string): string {
    return ["L", goQuote(node)].join("\t");
}

export function serviceLine(...addresses: string[]): string {
    return ["S", ...addresses.map(goQuote)].join("\t");
}

/** The addresses of a Node whose kubelet asks for `names`: the node name is its host name. */
export function nodeAddresses({
    node,
    dns,
    ips,
}: KubeletNames): { type: string; address: string }[] {
    return [
        ...ips.map((address) => ({ type: "InternalIP", address })),
        ...dns.map((address) => ({ type: address === node ? "Hostname" : "InternalDNS", address })),
    ];
}

const ESCAPES: Record<string, string> = {
    "\u0007": "\\a",
    "\b": "\\b",
    "\f": "\\f",
    "\n": "\\n",
    "\r": "\\r",
    "\t": "\\t",
    "\v": "\\v",
    "\\": "\\\\",
    '"': '\\"',
};

/** Go's %+q for a string of bytes. */
export function goQuote(value: string): string {
    const quoted = Array.from(value, (char) => {
        const code = char.codePointAt(0) ?? 0;
        const plain =
            code >= 0x20 && code < 0x7f ? char : `\\x${code.toString(16).padStart(2, "0")}`;
        return ESCAPES[char] ?? plain;
    });
    return `"${quoted.join("")}"`;
}
