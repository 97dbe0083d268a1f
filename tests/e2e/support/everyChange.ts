/** Every ordered pair once, each beginning where the one before ended, from the first name back to it. */
export function everyChange(names: string[]): [string, string][] {
    const [first, second, ...others] = names;
    if (first === undefined || second === undefined) {
        return [];
    }
    return [
        ...others.flatMap((other): [string, string][] => [
            [first, other],
            [other, first],
        ]),
        [first, second],
        ...everyChange(names.slice(1)),
        [second, first],
    ];
}
