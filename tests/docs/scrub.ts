/** What differs from run to run and from machine to machine, and what stands for it on a page. */
const VARYING: [RegExp, string][] = [
    [/\u001b\[[0-9;]*[A-Za-z]/g, ""],
    [/^(@ (previewing|updating|destroying).*|View Live: .*|Duration: .*)\n/gm, ""],
    [/^ *\[provider=.*\]\n/gm, ""],
    [/(-----BEGIN [A-Z ]+-----).*?(-----END|\.\.\."|")/gs, "$1…$2"],
    [/\b[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}\b/g, "…"],
    [/\b[0-9a-f]{64}\b/g, "<sha256>"],
    [/\b[0-9a-f]{32,}\.\.\./g, "<sha256>..."],
    [/(--repair [^@"]*@)[0-9a-f]+/g, "$1<digest>"],
    [/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, "<time>"],
    [/\b\d{30,}\b/g, "<serial>"],
    [/(\[id=[^\]]*?)-?[0-9a-f]{8}\]/g, "$1-<random>]"],
    [/(-tls|-kubelets)-[0-9a-f]{8}\b/g, "$1-<random>"],
    [/[ \t]+$/gm, ""],
];

/** What must not be on a page, whatever the engine printed. */
const FORBIDDEN = [/PRIVATE KEY/, /\/tmp\//, /\u001b/];

/**
 * The output of a preview as a page shows it. `known` are texts of this machine, such as addresses and folders, with what
 * stands for them.
 */
export function scrub(output: string, known: Record<string, string>): string {
    const longestFirst = Object.entries(known).sort(([a], [b]) => b.length - a.length);
    const local = longestFirst.reduce(
        (text, [found, shown]) => text.replaceAll(found, shown),
        output,
    );
    const text = VARYING.reduce((rest, [pattern, shown]) => rest.replace(pattern, shown), local);
    for (const pattern of [...FORBIDDEN, ...Object.keys(known)]) {
        const found = typeof pattern === "string" ? text.includes(pattern) : pattern.test(text);
        if (found) {
            throw new Error(`${String(pattern)} is still in what a page would show`);
        }
    }
    return text.trim();
}
