import * as pulumi from "@pulumi/pulumi";

/**
 * Other languages send null for an argument that is not set; in TypeScript such an argument is not there. What has no null
 * stays the very object that it is.
 */
export function withoutNulls<T>(value: T): T {
    if (Array.isArray(value)) {
        const items = value.map((each: unknown) => withoutNulls(each));
        return items.every((each, index) => each === value[index]) ? value : (items as T);
    }
    if (!isBag(value)) {
        return value;
    }
    const entries = Object.entries(value);
    const kept = entries
        .filter(([, each]) => each !== null)
        .map(([key, each]): [string, unknown] => [key, withoutNulls(each)]);
    const same = kept.length === entries.length && kept.every(([key, each]) => each === value[key]);
    return same ? value : (Object.fromEntries(kept) as T);
}

/** True for an object that holds arguments, and not for an output. */
function isBag(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !pulumi.Output.isInstance(value);
}
