import type { Measured } from "./pulumi";
import type { Part } from "./processes";

/** The runs of one thing that was measured. */
export type Runs = Measured[];

const PARTS: Part[] = ["program", "engine", "providers"];

export function median(values: number[]): number {
    const sorted = [...values].sort((a, b) => a - b);
    const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
    return ((low ?? NaN) + (high ?? NaN)) / 2;
}

/** Wall time, the smallest and the median. */
export function wall(runs: Runs): string {
    const seconds = runs.map((run) => run.seconds);
    return `${Math.min(...seconds).toFixed(1)} / ${median(seconds).toFixed(1)} s`;
}

/** Processor time of everything together, the median. */
export function cpu(runs: Runs): string {
    return `${median(runs.map(cpuOf)).toFixed(1)} s`;
}

/** How much longer `ours` takes than `theirs`: by wall time and by processor time, of the medians. */
export function ratio(ours: Runs, theirs: Runs): string {
    const byWall =
        median(ours.map((run) => run.seconds)) / median(theirs.map((run) => run.seconds));
    const byCpu = median(ours.map(cpuOf)) / median(theirs.map(cpuOf));
    return `${byWall.toFixed(2)} / ${byCpu.toFixed(2)}`;
}

/** Highest resident memory of program, engine and providers, in MB: the highest of all runs. */
export function memory(runs: Runs): string {
    return PARTS.map((part) =>
        (Math.max(...runs.map(({ costs }) => costs[part].rss)) / 1e6).toFixed(0),
    ).join(" / ");
}

export function kilobytes(bytes: number): string {
    return `${Math.round(bytes / 1000)} kB`;
}

function cpuOf({ costs }: Measured): number {
    return PARTS.reduce((total, part) => total + costs[part].cpu, 0);
}

/** A table as Markdown has it. */
export function table(head: string[], rows: string[][]): string {
    return [head, head.map(() => "---"), ...rows]
        .map((cells) => `| ${cells.join(" | ")} |`)
        .join("\n");
}
