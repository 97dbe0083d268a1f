const PROSE_FILE = /\.(md|markdown|rst|adoc|txt)$/i;

/** Whether a text is there to be read by people: an annotation, or a file of prose in a ConfigMap or Secret. */
export function isProse(path: string[]): boolean {
    return path.some(
        (key, index) =>
            (key === "annotations" && path[index - 1] === "metadata") ||
            (/^(data|stringData|binaryData)$/.test(path[index - 1] ?? "") && PROSE_FILE.test(key)),
    );
}

/** A script or template without the lines that are comments only; the first line of a script is none. */
export function withoutComments(text: string): string {
    return text.replace(/^[^\S\n]*#(?!!).*$/gm, "");
}
