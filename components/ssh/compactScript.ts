/**
 * The same script without its comments, blank lines and indentation. It lies in the state once for each node, and an engine
 * with a file backend writes the whole state after every step. What is quoted and what is in a here-document stays byte for
 * byte. Made for the scripts of this package: a construct that it does not follow is an error, not a guess.
 */
export function compactScript(text: string): string {
    const lines: string[] = [];
    let at = 0;
    while (at < text.length) {
        const begin = at + (/^[ \t]*/.exec(text.slice(at, endOfLine(text, at)))?.[0].length ?? 0);
        const { end, documents } = command(text, begin);
        if (!/^(#|$)/.test(text.slice(begin, end))) {
            lines.push(text.slice(begin, end));
        }
        at = end + 1;
        for (const { delimiter, literal } of documents) {
            const close = text.indexOf(`\n${delimiter}\n`, at - 1);
            if (close < 0) {
                throw new Error(`a here-document is not closed by ${delimiter}`);
            }
            if (!literal && text[close - 1] === "\\") {
                throw new Error(`a backslash before ${delimiter}: it may continue the line`);
            }
            const after = close + delimiter.length + 1;
            lines.push(text.slice(at, after));
            at = after + 1;
        }
    }
    return lines.map((line) => `${line}\n`).join("");
}

interface Document {
    delimiter: string;
    /** Quoted: nothing in it means anything to a shell. */
    literal: boolean;
}

const HARMLESS = /[\w \t,.:/=-]*/y;

/** One logical line: to the first end of a line that is neither quoted nor continued, and the here-documents that follow. */
function command(text: string, begin: number): { end: number; documents: Document[] } {
    const documents: Document[] = [];
    let at = begin;
    while (at < text.length && text[at] !== "\n") {
        const document = text.startsWith("<<", at) && hereDocument(text, at);
        if (document) {
            documents.push(document);
            at += document.length;
        } else {
            at = token(text, at);
        }
    }
    return { end: at, documents };
}

function hereDocument(text: string, at: number): (Document & { length: number }) | undefined {
    const found = /^<<(?![-<])[ \t]*(['"]?)([A-Za-z_]+)\1(?=[ \t\n;&|)<>])/.exec(
        text.slice(at, at + 80),
    );
    return found?.[2] === undefined
        ? undefined
        : { delimiter: found[2], literal: found[1] !== "", length: found[0].length };
}

/** Where the next piece of a command ends: one character, or all that belongs to a quote, an expansion or a comment. */
function token(text: string, at: number): number {
    switch (text[at]) {
        case "\\":
            if (at + 1 === text.length) {
                throw new Error("a backslash at the end");
            }
            // Behind an escaped blank a # is in the middle of a word.
            return text[at + 1] !== "\n" && text[at + 2] === "#" ? at + 3 : at + 2;
        case "'":
            return closing(text, at + 1, "'", ordinary);
        case '"':
            return closing(text, at + 1, '"', quoted);
        case "$":
            if (/^\$['"]/.test(text.slice(at, at + 2))) {
                throw new Error("a quote behind $: not in every shell");
            }
            return expansion(text, at);
        case "#":
            if (text[at - 1] === ")") {
                throw new Error("a # right behind ): a comment or a part of a word");
            }
            if (text.slice(at - 2, at) === "\\\n") {
                throw new Error("a # on a continuation line: a comment or a part of a word");
            }
            return /[ \t\n;&|(]/.test(text[at - 1] ?? "\n") ? endOfLine(text, at) : at + 1;
        case "`":
            throw new Error("a backquote: use $( )");
        case "<":
            if (text.startsWith("<<", at)) {
                throw new Error(
                    "<<- , <<< , an odd delimiter, or a here-document inside of an expansion",
                );
            }
            return at + 1;
        default:
            return ordinary(text, at);
    }
}

/** One character, and all behind it that mean nothing to any shell. */
function ordinary(text: string, at: number): number {
    HARMLESS.lastIndex = at + 1;
    HARMLESS.test(text);
    return HARMLESS.lastIndex;
}

/** A piece of a text in double quotes. */
function quoted(text: string, at: number): number {
    if (text[at] === "\\") {
        return at + 2;
    }
    return text[at] === "$" ? expansion(text, at) : ordinary(text, at);
}

/** What begins with a dollar sign: a command, a parameter in braces, or a plain one. */
function expansion(text: string, at: number): number {
    if (/^\$\{?LINENO\b/.test(text.slice(at, at + 10))) {
        throw new Error("LINENO: lines are left out");
    }
    switch (text[at + 1]) {
        case "(":
            return substitution(text, at + 2);
        case '"':
            return at + 1; // a plain one, at the end of a text in double quotes
        case "{":
            return closing(text, at + 2, "}", inBraces);
        case "\\":
            throw new Error("a backslash behind $: it may continue the name on the next line");
        default:
            return /[A-Za-z0-9_?!#*@$-]/.test(text[at + 1] ?? "") ? at + 2 : at + 1;
    }
}

function substitution(text: string, at: number): number {
    const end = closing(text, at, ")", inParentheses);
    if (/(^|[\s;&|(])case\s/.test(text.slice(at, end))) {
        throw new Error("case inside of $( ): its ) closes nothing");
    }
    return end;
}

function inParentheses(text: string, at: number): number {
    return text[at] === "(" ? closing(text, at + 1, ")", inParentheses) : token(text, at);
}

function inBraces(text: string, at: number): number {
    if (text[at] === "'") {
        throw new Error("a ' inside of ${ }: a quote or a character");
    }
    return text[at] === '"' ? closing(text, at + 1, '"', quoted) : quoted(text, at);
}

/** Behind the character that closes what was opened, where `piece` says how far each piece in between goes. */
function closing(
    text: string,
    begin: number,
    close: string,
    piece: (text: string, at: number) => number,
): number {
    let at = begin;
    while (text[at] !== close) {
        if (at >= text.length) {
            throw new Error(`${close} is missing after: ${text.slice(begin, begin + 40)}`);
        }
        at = piece(text, at);
    }
    return at + 1;
}

function endOfLine(text: string, at: number): number {
    const end = text.indexOf("\n", at);
    return end < 0 ? text.length : end;
}
