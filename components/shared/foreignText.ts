/** Letters of somebody else's text that a message shows. */
const SHOWN = 200;

/** Letters of one line of a message. Whoever has to read more of it reads nothing. */
const LINE = 4000;

/**
 * Text that others wrote, for a message of ours: cut, on one line, in double quotes and escaped as JSON has it. What a
 * terminal may obey, hide or turn around is escaped as well, and so is the colour markup of the Pulumi CLI (`<{%bold%}>`): a
 * directive that it does not know ends it, with the stack still locked. In quotes it is never taken for our advice.
 */
export function quoteForeign(text: string, limit = SHOWN): string {
    return JSON.stringify(text.slice(0, limit))
        .replace(/[^ -~]/g, escaped)
        .replace(/<\{%/g, "\\u003c{%")
        .replace(/%\}>/g, "%}\\u003e");
}

function escaped(letter: string): string {
    return `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
}

/**
 * One line of a message, as a last net under what has been quoted: no character that a terminal obeys, nothing invisible,
 * no line break, no colour markup, and not longer than can be read. Letters of every language stay.
 */
export function inert(line: string): string {
    return line
        .slice(0, LINE)
        .replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?")
        .replace(/<\{%/g, "<{ %")
        .replace(/%\}>/g, "% }>");
}
