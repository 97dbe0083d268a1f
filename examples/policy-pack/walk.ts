/** The inputs of a resource. */
export type Props = Record<string, unknown>;

/** Stands for a value that a preview does not know yet: the engine's own stand-in throws when it is read. */
export const LATER: unique symbol = Symbol("known later");

/** A value that is no object, with the keys that lead to it. */
export type Leaf = [path: string[], value: unknown];

/** The value at a path; undefined where there is none, LATER where a preview cannot know it. */
export function at(value: unknown, ...path: string[]): unknown {
    return path.reduce<unknown>(
        (outer, key) => (isObject(outer) ? read(outer, key) : outer === LATER ? LATER : undefined),
        value,
    );
}

/** The values of a list or of an object, in order; none of anything else. */
export function items(value: unknown): unknown[] {
    return isObject(value) ? Object.keys(value).map((key) => read(value, key)) : [];
}

/** Every leaf of a value. One unknown value hides no other: it is a leaf, too. */
export function leaves(value: unknown, path: string[] = []): Leaf[] {
    return isObject(value)
        ? Object.keys(value).flatMap((key) => leaves(read(value, key), [...path, key]))
        : [[path, value]];
}

export function isObject(value: unknown): value is Props {
    return typeof value === "object" && value !== null;
}

export function read(value: Props, key: string): unknown {
    try {
        return value[key];
    } catch {
        return LATER;
    }
}
