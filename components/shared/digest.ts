import { createHash } from "node:crypto";

/** The SHA-256 of a text, hexadecimal. */
export function digest(text: string): string {
    return createHash("sha256").update(text).digest("hex");
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
