import { isIP } from "node:net";

/** True for an IPv4 or IPv6 literal (without brackets, zone or prefix length). */
export function isAddress(text: string): boolean {
    return isIP(text) !== 0 && !text.includes("%");
}

/** Writes an address the way Go and RFC 5952 write it, so that the same address always is the same text. */
export function canonicalAddress(text: string): string {
    if (isIP(text) !== 6 || text.includes("%")) {
        return text;
    }
    const host = new URL(`http://[${text}]/`).hostname.slice(1, -1);
    return unmapped(host) ?? host;
}

/** An IPv4-mapped IPv6 address (::ffff:a00:b) names an IPv4 address; Go prints it as one. */
function unmapped(canonical: string): string | undefined {
    const match = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(canonical);
    if (match?.[1] === undefined || match[2] === undefined) {
        return undefined;
    }
    const high = parseInt(match[1], 16);
    const low = parseInt(match[2], 16);
    return [high >> 8, high & 255, low >> 8, low & 255].join(".");
}

/** True for a text that can only be meant as an address, well-formed or not: its last label is a number. */
export function looksLikeAddress(text: string): boolean {
    return /(^|\.)\d+$/.test(text);
}

/** True for a lower-case DNS subdomain (RFC 1123), which is what a Node's name has to be. */
export function isDnsSubdomain(text: string): boolean {
    const label = "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?";
    return text.length <= 253 && new RegExp(`^${label}(\\.${label})*$`).test(text);
}
