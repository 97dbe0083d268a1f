import { BlockList, isIP } from "node:net";
import { canonicalAddress, isAddress } from "./addresses";

/**
 * Names and addresses that belong to the API server, to Services or to no single node. A kubelet certificate that carried one
 * could impersonate the API server, because kubeadm signs both with the cluster's CA. This is the only list: a program is
 * checked against it, and the approver on the control planes gets it as awk.
 */
const NAMES = [
    "^(localhost|kubernetes)(\\.|$)",
    "(^|\\.)localhost(\\.localdomain)?$",
    "\\.svc(\\.|$)",
    "(^|\\.)cluster\\.local$",
];

/** Networks by their first bytes, in hexadecimal as the approver compares them, and their lengths in bits. */
const NETWORKS: [address: string, bits: number, bytes: string][] = [
    ["0.0.0.0", 8, "00000000"],
    ["127.0.0.0", 8, "7f000000"],
    ["169.254.0.0", 16, "a9fe0000"],
    ["224.0.0.0", 4, "e0000000"],
    ["240.0.0.0", 4, "f0000000"],
    // The unspecified address, the loopback address, and IPv4 in a form that nobody uses any more.
    ["::", 96, "00000000000000000000000000000000"],
    ["fe80::", 10, "fe800000000000000000000000000000"],
    ["ff00::", 8, "ff000000000000000000000000000000"],
];

/** Go and canonicalAddress write an IPv4-mapped address as IPv4, so a Node that shows one is not what it says. */
const MAPPED = "00000000000000000000ffff";

const blocked = new BlockList();
for (const [address, bits] of NETWORKS) {
    blocked.addSubnet(address, bits, family(address));
}
const names = NAMES.map((pattern) => new RegExp(pattern));

/** True for what no node may have in its certificate. */
export function isReservedIdentity(nameOrAddress: string): boolean {
    if (!isAddress(nameOrAddress)) {
        return names.some((pattern) => pattern.test(nameOrAddress.toLowerCase()));
    }
    const address = canonicalAddress(nameOrAddress);
    return blocked.check(address, family(address));
}

function family(address: string): "ipv4" | "ipv6" {
    return isIP(address) === 6 ? "ipv6" : "ipv4";
}

/** The same list as two functions of awk: for a name, and for the bytes of an address in hexadecimal. */
export function reservedAwk(): string {
    const patterns = (length: number): string =>
        NETWORKS.filter(([, , bytes]) => bytes.length === length)
            .map(([, bits, bytes]) => prefix(bytes, bits))
            .concat(length === 8 ? [] : [MAPPED])
            .join("|");
    return [
        "# Made from the list in the package that a program's `addresses` are checked against. Do not edit.",
        `function reserved_name(text) { return text ~ /${NAMES.join("|")}/ }`,
        "function reserved_ip(bytes) {",
        `    return length(bytes) == 8 ? bytes ~ /^(${patterns(8)})/ : bytes ~ /^(${patterns(32)})/`,
        "}",
        "",
    ].join("\n");
}

/** A pattern for the first bits of an address in hexadecimal. */
function prefix(bytes: string, bits: number): string {
    const whole = bytes.slice(0, Math.floor(bits / 4));
    const rest = bits % 4;
    if (rest === 0) {
        return whole;
    }
    const first = parseInt(bytes.charAt(whole.length), 16);
    const digits = Array.from({ length: 2 ** (4 - rest) }, (_, i) => (first + i).toString(16));
    return `${whole}[${digits.join("")}]`;
}
