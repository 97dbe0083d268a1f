import { skipIfLacking } from "../../support/skip";
import { SHELL_NAMES, whyNot, type ShellName } from "./shells";

const LIMIT = 5;
/** Milliseconds after which a case hangs. A busy machine runs a hundred times kubectl in a minute and more. */
const HANGS = 180_000;
let running = 0;
const waiting: (() => void)[] = [];

async function limited<T>(body: () => Promise<T>): Promise<T> {
    if (running >= LIMIT) {
        await new Promise<void>((resolve) => waiting.push(resolve));
    }
    running += 1;
    try {
        return await body();
    } finally {
        running -= 1;
        waiting.shift()?.();
    }
}

/** Sentences and what proves them. */
export type Cases = Record<string, (shell: ShellName) => Promise<void>>;

/**
 * Runs every case under every shell, several at a time; each is a test of its own in the report. `lacks` says what else this
 * machine has not got.
 */
export function describeInShells(title: string, cases: Cases, lacks: string[] = []): void {
    for (const shell of SHELL_NAMES) describeIn(shell, title, cases, lacks);
}

/** Runs every case under one shell, taking turns: for what depends on the script's logic and little on the shell. */
export function describeInTurn(title: string, cases: Cases, lacks: string[] = []): void {
    for (const [turn, shell] of SHELL_NAMES.entries()) {
        const mine = Object.entries(cases).filter((_, i) => i % SHELL_NAMES.length === turn);
        describeIn(shell, title, Object.fromEntries(mine), lacks);
    }
}

function describeIn(shell: ShellName, title: string, cases: Cases, lacks: string[]): void {
    describe(`${title} (${shell})`, () => {
        const started = new Map<string, Promise<unknown>>();
        before(function () {
            skipIfLacking(this, lacks.concat(whyNot(shell) ?? []));
            for (const [sentence, body] of Object.entries(cases)) {
                const outcome = limited(() => body(shell)).then(
                    () => undefined,
                    (error: unknown) => error,
                );
                started.set(sentence, outcome);
            }
        });
        for (const sentence of Object.keys(cases)) {
            it(sentence, async function () {
                this.timeout(HANGS);
                const error = await started.get(sentence);
                if (error !== undefined) throw error as Error;
            });
        }
    });
}
