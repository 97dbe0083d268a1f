/** A step that takes its time. */
export interface Step {
    name: string;
    /** Seconds that it took where it was measured. */
    expected: number;
    /** It runs beside the others, which do not wait for it. */
    beside: boolean;
}

/** What is known of the steps at some moment: seconds since each began, and seconds that each took in the end. */
export interface Clock {
    running: Record<string, number>;
    done: Record<string, number>;
}

/** A machine's pace is known when it has done this much; seconds of the measured machine. */
const ENOUGH = 20;

/** One line: what is done now, how far it is, and how long all of it will take. */
export function countdown(steps: Step[], clock: Clock): string {
    const pace = paceOf(steps, clock);
    const position = Math.min(steps.length, Object.keys(clock.done).length + 1);
    const now = steps.filter(({ name }) => clock.running[name] !== undefined);
    const what = now.map(({ name, expected }) => {
        const elapsed = clock.running[name] ?? 0;
        const about = expected * pace;
        const late = elapsed > about ? ", longer than expected" : "";
        return `${name} (${span(elapsed)} of about ${span(about)}${late})`;
    });
    const left = secondsLeft(steps, clock, pace);
    const rest = left === 0 ? "" : `; about ${span(left)} to go`;
    return `step ${position} of ${steps.length}: ${what.join(" and ")}${rest}`;
}

/** How much slower this machine is than the measured one, by the steps that are done. */
function paceOf(steps: Step[], { done }: Clock): number {
    const measured = steps.filter(({ name, beside }) => !beside && done[name] !== undefined);
    const expected = sum(measured.map((step) => step.expected));
    const took = sum(measured.map(({ name }) => done[name] ?? 0));
    return expected < ENOUGH ? 1 : took / expected;
}

function secondsLeft(steps: Step[], { running, done }: Clock, pace: number): number {
    const left = ({ name, expected }: Step): number =>
        done[name] === undefined ? Math.max(0, expected * pace - (running[name] ?? 0)) : 0;
    const serial = sum(steps.filter(({ beside }) => !beside).map(left));
    const beside = steps.filter((step) => step.beside).map(left);
    return Math.max(serial, ...beside);
}

function sum(values: number[]): number {
    return values.reduce((total, value) => total + value, 0);
}

/** Seconds as people say them: `40 s`, `9 min`. */
export function span(seconds: number): string {
    return seconds < 100 ? `${Math.round(seconds)} s` : `${Math.round(seconds / 60)} min`;
}
