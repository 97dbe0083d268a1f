import { loadAll } from "js-yaml";
import { isObject, items } from "./walk";

/** Values in a text above which it is searched as text: aliases of YAML can blow up a few lines without end. */
const MAX_VALUES = 100_000;

/** Fewer characters of base64 hold no flag and no setting. */
const SHORTEST = 24;

/** What a text holds when it is YAML or JSON: objects, lists, a quoted text; undefined when it is a plain text. */
export function documents(text: string): unknown[] | undefined {
    try {
        const found = loadAll(text, undefined, { json: true });
        const structured = found.some(isObject) || /^\s*["']/.test(text);
        return structured && size(found) <= MAX_VALUES ? found : undefined;
    } catch {
        return undefined;
    }
}

/** The text behind base64; undefined for what cannot be base64. */
export function decoded(text: string): string | undefined {
    const compact = text.replace(/\s+/g, "");
    return compact.length >= SHORTEST &&
        compact.length % 4 === 0 &&
        /^[A-Za-z0-9+/]+={0,2}$/.test(compact)
        ? Buffer.from(compact, "base64").toString()
        : undefined;
}

/** How many values are in a value when each alias is written out; infinite for one that contains itself. */
function size(value: unknown, known = new Map<unknown, number>()): number {
    if (!isObject(value) || value instanceof Uint8Array) {
        return 1;
    }
    if (!known.has(value)) {
        known.set(value, Infinity);
        known.set(
            value,
            items(value).reduce<number>((sum, item) => sum + size(item, known), 1),
        );
    }
    return known.get(value) ?? Infinity;
}
