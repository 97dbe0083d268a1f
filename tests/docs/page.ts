const marker = (name: string): string => `<!-- preview: ${name} -->`;
const END = "<!-- end of preview -->";

/** The names of the previews that a page has a place for, in their order. */
export function places(page: string): string[] {
    return [...page.matchAll(/^<!-- preview: ([a-z0-9-]+) -->$/gm)].map(([, name = ""]) => name);
}

/** The page with a preview in its place, instead of the one that was there. */
export function filled(page: string, name: string, preview: string): string {
    const from = page.indexOf(marker(name));
    const to = page.indexOf(END, from);
    if (from < 0 || to < 0) {
        throw new Error(`the page has no "${marker(name)}" with "${END}" after it`);
    }
    const block = `${marker(name)}\n\n\`\`\`\n${preview.replaceAll("```", "'''")}\n\`\`\`\n\n`;
    return page.slice(0, from) + block + page.slice(to);
}

/** What stands in a place of the page. */
export function content(page: string, name: string): string {
    const from = page.indexOf(marker(name)) + marker(name).length;
    return page.slice(from, page.indexOf(END, from)).trim();
}
