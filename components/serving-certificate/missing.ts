/** What a bag of arguments cannot do without and does not have. An output counts as something. */
export function missing(
    bag: string,
    given: object | undefined,
    needed: Record<string, string>,
    next = "",
): string[] {
    if (given === undefined) {
        return [
            `${bag} is missing; expected ${Object.keys(needed).join(" and ")} in it, because source is ${bag}${next}`,
        ];
    }
    const set = given as Record<string, unknown>;
    return Object.entries(needed)
        .filter(([name]) => set[name] === undefined)
        .map(([name, what]) => `${bag}.${name} is missing; expected ${what}${next}`);
}

/** What the arguments have been refused without. */
export function present<T>(value: T | undefined, what: string): T {
    if (value === undefined) {
        throw new Error(`no ${what}`);
    }
    return value;
}
