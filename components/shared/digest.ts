import { createHash } from "node:crypto";

/** The SHA-256 of a text or of bytes, hexadecimal. */
export function digest(what: string | Buffer): string {
    return createHash("sha256").update(what).digest("hex");
}

/** The same of a value, whatever the order of its keys. */
export function digestOf(value: unknown): string {
    return digest(JSON.stringify(value, sorted));
}

function sorted(_: string, value: unknown): unknown {
    return value === null || typeof value !== "object" || Array.isArray(value)
        ? value
        : Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
