// The grammar of facts that others state. What does not match is no fact, and is never passed on.

const TIME =
    /^(\d{4}-\d\d-\d\d)T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d(?:\.\d{1,9})?(?:Z|[+-](?:[01]\d|2[0-3]):[0-5]\d)$/;

/** A time as RFC 3339 has it, of a day that exists. */
export function isTime(value: unknown): value is string {
    const [, day] = (typeof value === "string" && TIME.exec(value)) || [];
    if (day === undefined) return false;
    const midnight = new Date(`${day}T00:00:00Z`);
    return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(day);
}

/** A SHA-256 digest in lower-case hex. */
export function isSha256(value: unknown): value is string {
    return typeof value === "string" && /^[0-9a-f]{64}$/.test(value);
}
