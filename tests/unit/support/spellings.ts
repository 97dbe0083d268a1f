import fc from "fast-check";

/** The eight groups of an IPv6 address, with runs of zeros more likely than chance makes them. */
export const groups = fc.array(
    fc.oneof(fc.constant(0), fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(1, 0xffff)),
    { minLength: 8, maxLength: 8 },
);

/** One address written in different ways: upper case, leading zeros, without and with `::`. */
export const spellings = groups.chain((values) =>
    fc.tuple(fc.constant(values), fc.boolean(), fc.boolean(), fc.nat(7), fc.nat(7)),
);

export function spell(
    values: number[],
    upper: boolean,
    padded: boolean,
    a: number,
    b: number,
): string {
    const words = values.map((value) => value.toString(16).padStart(padded ? 4 : 1, "0"));
    const [from, to] = [Math.min(a, b), Math.max(a, b) + 1];
    const zeros = to - from > 1 && values.slice(from, to).every((value) => value === 0);
    const text = zeros
        ? `${words.slice(0, from).join(":")}::${words.slice(to).join(":")}`
        : words.join(":");
    return upper ? text.toUpperCase() : text;
}
