import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";

/** The scripts lie beside the sources, also when the compiled code in bin/ runs. */
const FOLDER = [
    join(__dirname, "..", "scripts"),
    join(__dirname, "..", "..", "..", "components", "scripts"),
].find((folder) => existsSync(folder));

/** The text of a script in components/scripts. */
export const readScript = perFile((file) => {
    if (FOLDER === undefined) {
        throw new Error(`components/scripts is missing beside ${__dirname}; reinstall the package`);
    }
    return readFileSync(join(FOLDER, file), "utf8");
});

/** Does the work once for each file: hundreds of nodes get the same text. */
function perFile(make: (file: string) => string): (file: string) => string {
    const made = new Map<string, string>();
    return (file) => {
        const text = made.get(file) ?? make(file);
        made.set(file, text);
        return text;
    };
}

/** Quotes one word for a POSIX shell. */
export function shellQuote(word: string): string {
    return `'${word.replace(/'/g, "'\\''")}'`;
}

/**
 * One `KEY='value'` line a setting, sorted. They are an ordinary input of the command, so a changed setting shows as a changed
 * line in a preview.
 */
export function headerLines(header: Record<string, string>): string {
    return Object.entries(header)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => `${key}=${shellQuote(value)}\n`)
        .join("");
}

/** A script without its comments and indentation. It must have neither in a text over several lines. */
export function dense(text: string): string {
    return text.replace(/^ +/gm, "").replace(/^#.*\n/gm, "");
}

/** Settings and then the scripts, as a shell reads them. */
export function composeScript(header: Record<string, string>, files: string[]): string {
    return [headerLines(header), ...files].join("");
}

/** A shell function that prints `text`, so that one script can carry another. */
export function embedText(functionName: string, text: string): string {
    const delimiter = `END_OF_${functionName.toUpperCase()}`;
    if (text.split("\n").includes(delimiter)) {
        throw new Error(`the text of ${functionName} has a line ${delimiter}`);
    }
    const body = text.endsWith("\n") ? text : `${text}\n`;
    return `${functionName}() {\ncat <<'${delimiter}'\n${body}${delimiter}\n}\n`;
}

/** A shell function that prints a file of components/scripts. */
export function embedFile(functionName: string, file: string): string {
    return embedText(functionName, readScript(file));
}

/** Nothing for root, who may be without sudo. */
export const becomeRoot = "$([ $(id -u) = 0 ]||echo sudo -n)";

/** Seconds after which a script has ended, whatever happens on the node: systemd ends it, and then waits for its roll-back. */
export function longest(seconds: number): number {
    return seconds + 200;
}

/** How a script is run on a node. */
export interface RunLine {
    /** The script's verb and its arguments. */
    words: string[];
    /** Seconds until systemd ends the script. */
    seconds: number;
}

/**
 * The command line for a script that comes on stdin. It runs as a transient systemd unit, because a unit survives a cut
 * connection: the script finishes or rolls back by itself. `timeout` bounds the wait for systemd; it runs inside of sudo,
 * because nobody but root can end a process of root's. The line is the same for every login user, so that a changed user
 * changes the connection only; anybody but root goes through sudo, which never asks for a password.
 */
export function runLine({ words, seconds }: RunLine): string {
    const unit = [
        // --quiet, --pipe, --collect: the state has this line four times for each node.
        "systemd-run -qPG --wait",
        `-p RuntimeMaxSec=${seconds} -p TimeoutStopSec=180`,
        `sh -s -- ${words.map(plainOrQuoted).join(" ")}`,
    ];
    return [becomeRoot, `timeout ${longest(seconds)}`, ...unit].join(" ");
}

/**
 * The line for a run that ends with a result, and fails without one: when a node goes down, systemd-run may end with 0 before
 * the connection is cut, and a node that was never changed would count as done.
 */
export function runLineWithResult(run: RunLine): string {
    // The blank keeps the verb a word of its own for who reads the line.
    return `r=$(${runLine(run)} );c=$?;printf %s\\\\n "\${r:?no result; next: try again}";exit $c`;
}

function plainOrQuoted(word: string): string {
    return /^[-A-Za-z0-9:@._=,/]+$/.test(word) ? word : shellQuote(word);
}
