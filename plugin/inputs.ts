import * as pulumi from "@pulumi/pulumi";

/** Other languages send null for an argument that is not set; in TypeScript such an argument is not there. */
export function withoutNulls<T>(value: T): T {
    if (Array.isArray(value)) {
        return value.map((each: unknown) => withoutNulls(each)) as T;
    }
    if (!isBag(value)) {
        return value;
    }
    return Object.fromEntries(
        Object.entries(value)
            .filter(([, each]) => each !== null)
            .map(([key, each]) => [key, withoutNulls(each)]),
    ) as T;
}

/** True for an object that holds arguments, and not for an output. */
export function isBag(value: unknown): value is Record<string, unknown> {
    return typeof value === "object" && value !== null && !pulumi.Output.isInstance(value);
}
