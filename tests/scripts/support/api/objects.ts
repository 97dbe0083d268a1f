/** An object of Kubernetes, as far as a test looks at it. */
export interface KubeObject {
    apiVersion: string;
    kind: string;
    metadata: {
        name: string;
        namespace?: string;
        uid?: string;
        resourceVersion?: string;
        labels?: Record<string, string>;
        annotations?: Record<string, string>;
        managedFields?: { manager: string }[];
        ownerReferences?: { kind: string; name: string; uid: string }[];
        deletionTimestamp?: string;
    };
    // What else there is depends on the kind.
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    [field: string]: any;
}

/** One operation of a JSON patch. */
export interface Operation {
    op: string;
    path: string;
    value?: unknown;
}

/** An object behind all operations, or undefined where a test among them fails. */
export function patched(object: KubeObject, operations: Operation[]): KubeObject | undefined {
    const copy = structuredClone(object);
    for (const { op, path, value } of operations) {
        const words = path
            .slice(1)
            .split("/")
            .map((word) => word.replaceAll("~1", "/").replaceAll("~0", "~"));
        const last = words.pop() ?? "";
        const at = words.reduce<Record<string, unknown>>(
            (inside, word) => inside[word] as Record<string, unknown>,
            copy,
        );
        if (op === "test" && JSON.stringify(at[last]) !== JSON.stringify(value)) return undefined;
        if (op === "remove") {
            if (!(last in at)) throw new Error(`nothing to remove at ${path}`);
            Reflect.deleteProperty(at, last);
        }
        if (op === "add") at[last] = value;
    }
    return copy;
}

/** Whether labels fit all that is wanted. */
export function fits(
    labels: Record<string, string> | undefined,
    wanted: Record<string, string>,
): boolean {
    return Object.entries(wanted).every(([key, value]) => labels?.[key] === value);
}

/** A selector as it comes in a query: `a=b,c=d`. */
export function selectorIn(text: string | null): Record<string, string> {
    return Object.fromEntries(
        (text ?? "")
            .split(",")
            .filter((each) => each !== "")
            .map((each) => each.split("=") as [string, string]),
    );
}
