import { createHmac } from "node:crypto";
import { canonicalAddress } from "./addresses";

/**
 * True when a line of known_hosts is about this host: its first field names the host, alone or as `[host]:port`, or names
 * no host at all. Patterns, `!` and hashed names count as they do for ssh. A port that is not known yet fits every port.
 */
export function isLineOf(
    hosts: string | undefined,
    host: string,
    port: number | undefined,
): boolean {
    if (hosts === undefined) {
        return true;
    }
    const words = hosts.split(",").filter((word) => word !== "");
    const matching = words.filter((word) => matches(word.replace(/^!/, ""), host, port));
    return matching.length > 0 && !matching.some((word) => word.startsWith("!"));
}

function matches(word: string, host: string, port: number | undefined): boolean {
    const lower = host.toLowerCase();
    const spellings = [...new Set([lower, canonicalAddress(lower)])];
    if (word.startsWith("|")) {
        // A hash cannot be searched for a port that is not known yet.
        return (
            port === undefined ||
            spellings.some((name) => isHashOf(word, name) || isHashOf(word, `[${name}]:${port}`))
        );
    }
    const bracketed = /^\[(.*)\]:(\d+)$/.exec(word);
    const pattern = canonicalAddress((bracketed?.[1] ?? word).toLowerCase());
    const samePort = bracketed === null || port === undefined || Number(bracketed[2]) === port;
    return samePort && spellings.some((name) => matchesPattern(pattern, name));
}

/** `|1|salt|hash`: HMAC-SHA1 of the name. It hides names from readers of the file; nothing else depends on it. */
function isHashOf(word: string, name: string): boolean {
    const [, version, salt = "", hash = ""] = word.split("|");
    return (
        version === "1" &&
        createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest("base64") === hash
    );
}

/** `*` stands for any text, `?` for one character. */
function matchesPattern(pattern: string, name: string): boolean {
    const source = pattern
        .replace(/[.+^${}()|[\]\\]/g, "\\$&")
        .replace(/\*+/g, ".*")
        .replace(/\?/g, ".");
    return new RegExp(`^${source}$`).test(name);
}
