/** One line of a table: what was seen of one thing, column by column. */
export type Row = Record<string, string>;

/** The document with a row of the table of these columns written or replaced. The first column says which line it is. */
export function withRow(document: string, columns: readonly string[], row: Row): string {
    const cells = columns.map((column) => cell(row[column] ?? ""));
    const line = `| ${cells.join(" | ")} |`;
    const [key] = cells;
    const lines = document.split("\n");
    const head = lines.findIndex((text) => text.startsWith(`| ${columns[0] ?? ""} |`));
    if (head < 0) {
        throw new Error(`the document has no table that begins with "| ${columns[0] ?? ""} |"`);
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
