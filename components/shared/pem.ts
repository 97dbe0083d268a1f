/** PEM blocks one after the other, each with one final newline. */
export function joinPem(blocks: string[]): string {
    return blocks.map((block) => `${block.trim()}\n`).join("");
}

/** Base64, as `caBundle` fields and Secrets want their PEM. */
export function base64(text: string): string {
    return Buffer.from(text, "utf8").toString("base64");
}
