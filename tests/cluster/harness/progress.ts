import { expectedSeconds } from "./expected";

/** What the driver says while it works. */
export type Note =
    | { kind: "said"; text: string }
    | { kind: "begins"; step: string; log?: string }
    | { kind: "done"; step: string; seconds: number };

const started = Date.now();
let hear: (note: Note) => void = print;

/** Has everything told to somebody else than standard error. */
export function listen(listener: (note: Note) => void): void {
    hear = listener;
}

/** Says what is going on. */
export function say(text: string): void {
    hear({ kind: "said", text });
}

/** Says that a step begins; the returned function says that it is done. Its output is in the log. */
export function progress(step: string, log?: string): () => void {
    const begin = Date.now();
    hear({ kind: "begins", step, ...(log !== undefined && { log }) });
    return () => {
        hear({ kind: "done", step, seconds: (Date.now() - begin) / 1000 });
    };
}

/** One line a note, with the seconds since the driver started. */
function print(note: Note): void {
    const seconds = ((Date.now() - started) / 1000).toFixed(1).padStart(6);
    process.stderr.write(`${seconds} s  ${lineOf(note)}\n`);
}

function lineOf(note: Note): string {
    switch (note.kind) {
        case "said":
            return note.text;
        case "begins": {
            const expected = expectedSeconds(note.step);
            const about = expected === undefined ? [] : [`about ${expected} s`];
            const details = [...about, ...(note.log === undefined ? [] : [`log: ${note.log}`])];
            return `${note.step}${details.length === 0 ? "" : ` (${details.join(", ")})`}`;
        }
        case "done":
            return `done after ${note.seconds.toFixed(1)} s: ${note.step}`;
    }
}
