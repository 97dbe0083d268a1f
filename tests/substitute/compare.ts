import { isDeepStrictEqual } from "node:util";
import type { Properties } from "../host/support/monitor";

/** What has to be done about a resource, and the inputs that differ from the last run's. */
export interface Step {
    op: "create" | "same" | "update";
    differing: string[];
}

/** What a program registers, beside what it registered in the last run. */
export function stepFor(before: Properties | undefined, now: Properties): Step {
    if (before === undefined) {
        return { op: "create", differing: [] };
    }
    const keys = new Set([...Object.keys(before), ...Object.keys(now)]);
    const differing = [...keys].filter((key) => !isDeepStrictEqual(before[key], now[key])).sort();
    return { op: differing.length === 0 ? "same" : "update", differing };
}

/**
 * Where an object of the cluster is not what was registered, as paths. What the cluster adds is no difference: defaults, status.
 * A list has to be the same list: what is added to one is a difference.
 */
export function notAsRegistered(wanted: unknown, live: unknown, at = ""): string[] {
    if (Array.isArray(wanted)) {
        if (!Array.isArray(live) || live.length !== wanted.length) {
            return [at];
        }
        return wanted.flatMap((each, index) =>
            notAsRegistered(each, live[index], `${at}[${index}]`),
        );
    }
    if (typeof wanted === "object" && wanted !== null) {
        const has = typeof live === "object" && live !== null ? (live as Properties) : {};
        return Object.entries(wanted).flatMap(([key, each]) =>
            notAsRegistered(each, has[key], at === "" ? key : `${at}.${key}`),
        );
    }
    return wanted === live ? [] : [at];
}
