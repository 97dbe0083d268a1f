/** One line of the table: what was seen on one kind of cluster, column by column. */
export type Row = Record<string, string>;

/** The columns, in order. The first one says which line it is. */
export const COLUMNS = [
    "cluster",
    "Kubernetes",
    "container runtime",
    "nodes",
    "first `up`",
    "names in a worker's certificate",
    "second `up`",
    "drift",
    "hostile requests",
    "`destroy`",
] as const;

/** The document with a row written or replaced. The other rows stay as they were. */
export function withRow(document: string, row: Row): string {
    const cells = COLUMNS.map((column) => cell(row[column] ?? ""));
    const line = `| ${cells.join(" | ")} |`;
    const [key] = cells;
    const lines = document.split("\n");
    const head = lines.findIndex((text) => text.startsWith(`| ${COLUMNS[0]} |`));
    if (head < 0) {
        throw new Error(`the document has no table that begins with "| ${COLUMNS[0]} |"`);
    }
    const after = lines.findIndex((text, index) => index > head + 1 && !text.startsWith("|"));
    const end = after < 0 ? lines.length : after;
    const same = lines.findIndex(
        (text, index) => index > head + 1 && index < end && text.startsWith(`| ${key} |`),
    );
    return (same < 0 ? lines.toSpliced(end, 0, line) : lines.toSpliced(same, 1, line)).join("\n");
}

/** A cell is one line, and a bar does not end it. */
function cell(text: string): string {
    return text.replace(/\s+/g, " ").replaceAll("|", "\\|").trim();
}
