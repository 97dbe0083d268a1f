import { decisionOf, FLAGS, type FlagDecision } from "../../components/metrics-server/flags";
import { RELEASES } from "../../components/metrics-server/releases";

/** A flag as `--help` has it. */
export interface HelpFlag {
    name: string;
    /** What holds without it, where `--help` says so. */
    preset: string;
}

/** A part of `--help` with a heading of its own. */
export interface HelpSection {
    heading: string;
    flags: HelpFlag[];
}

const FLAG = /^ +(?:-[a-z], )?--([a-z0-9-]+)(?: .*)?$/;

/** Reads what `metrics-server --help` prints: a description may go on over several lines. */
export function helpSections(help: string): HelpSection[] {
    const sections: HelpSection[] = [];
    for (const line of help.split("\n")) {
        const heading = /^(\S.*) flags:$/.exec(line)?.[1];
        const section = sections.at(-1);
        const name = FLAG.exec(line)?.[1];
        if (heading !== undefined) {
            sections.push({ heading, flags: [] });
        } else if (section !== undefined && name !== undefined) {
            section.flags.push({ name, preset: presetIn(line) });
        } else {
            const last = section?.flags.at(-1);
            if (last?.preset === "") last.preset = presetIn(line);
        }
    }
    return sections;
}

function presetIn(line: string): string {
    return /\(default \[?(.*?)\]?\)$|\[default=(.*)\]$/.exec(line)?.slice(1).join("") ?? "";
}

/** What this package does with a flag, as a cell of the table. */
export function decisionCell(decision: FlagDecision | undefined): string {
    if (decision === undefined) {
        return "nobody has decided";
    }
    if ("argument" in decision) {
        const note = decision.note === undefined ? "" : `: ${decision.note}`;
        return `argument \`${decision.argument}\`${note}`;
    }
    if ("rendered" in decision) {
        return `rendered by the package: ${decision.rendered}`;
    }
    return "passed" in decision
        ? `passed through with \`extraArgs\`: ${decision.passed}`
        : `refused, because ${withoutCapital(decision.refused)}`;
}

/** A reason is the end of a sentence, too. */
function withoutCapital(reason: string): string {
    return /^[A-Z][a-z]/.test(reason) ? reason.charAt(0).toLowerCase() + reason.slice(1) : reason;
}

const INTRODUCTION = `# Flags of metrics-server

Every flag that \`metrics-server --help\` of ${RELEASES[0].version} lists, and what becomes of it here. An argument is one of
\`metricsServer\` in \`SecureMetricsServer\` and of \`MetricsServer\` itself. What is refused in \`extraArgs\` is refused with that
reason, before anything is made. A flag that is not listed here, of another release, is refused, too.

\`npm run docs:flags\` writes this page from \`--help\` and from [flags.ts](../components/metrics-server/flags.ts), which is what
\`extraArgs\` is judged by. Nobody edits it by hand; a test fails when \`--help\` has a flag that the table has not.
`;

/** The whole page. */
export function flagsPage(help: string): string {
    const tables = helpSections(help).map(
        ({ heading, flags }) =>
            `\n## ${heading}\n\n| flag | upstream's default | here |\n| --- | --- | --- |\n${flags.map(row).join("")}`,
    );
    return INTRODUCTION + tables.join("");
}

function row({ name, preset }: HelpFlag): string {
    const shown = preset === "" ? "" : `\`${preset}\``;
    return `| \`--${name}\` | ${shown} | ${decisionCell(decisionOf(name))} |\n`;
}

/** The flags that a page has a row for, in their order, with what it says of each. */
export function rowsOf(page: string): [string, string][] {
    return [...page.matchAll(/^\| `--([a-z0-9-]+)` \| .*? \| (.*) \|$/gm)].map(
        ([, name = "", said = ""]) => [name, said],
    );
}

/** What every page has to say. */
export function decidedRows(): [string, string][] {
    return Object.entries<FlagDecision>(FLAGS).map(([name, decision]) => [
        name,
        decisionCell(decision),
    ]);
}
