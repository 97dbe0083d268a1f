import * as harness from "../cluster/harness";
import { countdown, span, type Clock, type Step } from "./countdown";
import type { Display } from "./display";

const BRINGING_UP = "bringing the cluster up";
/** Seconds for a step that nobody has measured. */
const UNMEASURED = 60;

/** Brings a cluster up and shows how far it is. */
export async function clusterWithProgress(display: Display): Promise<harness.Cluster> {
    const steps = stepsOf(harness.missingParts());
    const clock: Clock = { running: {}, done: {} };
    const begun = new Map<string, number>();
    const now = (): string => {
        for (const [name, at] of begun) {
            clock.running[name] = (Date.now() - at) / 1000;
        }
        return countdown(steps, clock);
    };
    harness.listen((note) => {
        if (note.kind === "said") {
            display.line(`    ${note.text}`);
            return;
        }
        if (note.kind === "begins") {
            begun.set(note.step, Date.now());
            if (!steps.some(({ name }) => name === note.step)) {
                // Not known before: what it is made of is another than the last time.
                steps.splice(-1, 0, stepNamed(note.step, false));
            }
            if (note.log !== undefined) display.line(`    ${note.step}, log: ${note.log}`);
        } else {
            begun.delete(note.step);
            // eslint-disable-next-line @typescript-eslint/no-dynamic-delete
            delete clock.running[note.step];
            clock.done[note.step] = note.seconds;
            display.line(`    done after ${span(note.seconds)}: ${note.step}`);
        }
        display.moment(begun.size === 0 ? undefined : now);
    });
    const begin = Date.now();
    try {
        const cluster = await harness.up();
        display.line(`    it is up after ${span((Date.now() - begin) / 1000)}`);
        return cluster;
    } finally {
        display.moment(undefined);
    }
}

function stepsOf({ beside, serial }: harness.MissingParts): Step[] {
    return [
        ...beside.map((name) => stepNamed(name, true)),
        ...[...serial, BRINGING_UP].map((name) => stepNamed(name, false)),
    ];
}

function stepNamed(name: string, beside: boolean): Step {
    return { name, expected: harness.expectedSeconds(name) ?? UNMEASURED, beside };
}
