/** PEM blocks one after the other, each with one final newline. Under a user's mocks a provider may give none. */
export function joinPem(blocks: (string | undefined)[]): string {
    return blocks.map((block = "") => (block === "" ? "" : `${block.trim()}\n`)).join("");
}

/** Base64, as `caBundle` fields and Secrets want their PEM. */
export function base64(text: string | undefined): string {
    return Buffer.from(text ?? "", "utf8").toString("base64");
}

/** One block of a PEM text. */
export interface PemBlock {
    /** What it says that it is, such as `CERTIFICATE`. */
    label: string;
    /** From BEGIN to END. */
    text: string;
    /** The number of bytes that it encodes. */
    bytes: number;
}

/** A PEM text block by block, and why it cannot be read further, if so. */
export interface PemText {
    blocks: PemBlock[];
    /** Names the block by its number, and never what is in it. */
    problem?: string;
}

/**
 * Takes a PEM text apart. Readers disagree about what is not well-formed: some skip a damaged block, some stop at it. So
 * there may be nothing between BEGIN and END but base64; text between blocks is a comment, as RFC 7468 has it.
 */
export function pemBlocks(text: string): PemText {
    const blocks: PemBlock[] = [];
    let open: { label: string; lines: string[] } | undefined;
    const bad = (what: string): PemText => ({
        blocks,
        problem: `block ${blocks.length + 1} ${what}`,
    });
    for (const line of text.split(/\r?\n/).map((each) => each.trimEnd())) {
        const [, edge, label = ""] = /^-----(BEGIN|END) ([A-Z0-9 ]+)-----$/.exec(line) ?? [];
        if (edge === undefined && /-----(BEGIN|END)/.test(line)) {
            return bad("has a BEGIN or END that does not stand on a line of its own");
        }
        if (open === undefined) {
            if (edge === "END") {
                return bad("has an END and no BEGIN");
            }
            open = edge === undefined ? undefined : { label, lines: [] };
        } else if (edge === undefined) {
            open.lines.push(line);
        } else if (edge === "BEGIN" || label !== open.label) {
            return bad(`begins as ${open.label} and has no END`);
        } else {
            const bytes = bytesOf(open.lines.join(""));
            if (bytes === undefined) {
                return bad(`(${label}) has something else than base64 between BEGIN and END`);
            }
            const body = open.lines.filter((each) => each !== "");
            const whole = [`-----BEGIN ${label}-----`, ...body, line, ""].join("\n");
            blocks.push({ label, text: whole, bytes });
            open = undefined;
        }
    }
    return open === undefined ? { blocks } : bad(`begins as ${open.label} and has no END`);
}

/** How many bytes a base64 text has, or undefined when it is none or empty. */
function bytesOf(text: string): number | undefined {
    return text !== "" && text.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(text)
        ? Buffer.from(text, "base64").length
        : undefined;
}
