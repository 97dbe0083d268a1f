import { readdirSync, readFileSync } from "node:fs";

/** Whose work a process does. */
export type Part = "engine" | "program" | "providers";

/** What one part of a run cost. */
export interface Cost {
    /** Seconds of processor time. */
    cpu: number;
    /** Highest resident memory in bytes; of several processes the sum of each one's highest. */
    rss: number;
}

export type Costs = Record<Part, Cost>;

interface Seen extends Cost {
    part: Part;
}

/** Milliseconds between two looks. What a process used after the last look is not counted. */
const INTERVAL = 50;
const TICKS_PER_SECOND = 100;

/** Watches a process and all below it in /proc until it is stopped. */
export function watch(root: number): () => Costs {
    const seen = new Map<number, Seen>();
    const look = (): void => {
        visit(root, seen);
    };
    look();
    const timer = setInterval(look, INTERVAL);
    return () => {
        clearInterval(timer);
        return sum([...seen.values()]);
    };
}

function visit(pid: number, seen: Map<number, Seen>): void {
    try {
        const command = read(pid, "cmdline").split("\0");
        const before = seen.get(pid);
        // A process that has ended keeps its processor time until its parent asks for it, and nothing else.
        seen.set(pid, {
            part: command[0] === "" && before !== undefined ? before.part : partOf(command),
            cpu: cpuOf(pid),
            rss: Math.max(peakOf(pid), before?.rss ?? 0),
        });
        for (const child of childrenOf(pid)) {
            visit(child, seen);
        }
    } catch {
        // The process ended while it was looked at; what was seen of it stays.
    }
}

/** The nodejs language host belongs to the engine: it starts the program and runs none of it. */
function partOf([program = "", script = ""]: string[]): Part {
    if (program.includes("pulumi-resource-")) {
        return "providers";
    }
    return /@pulumi\/pulumi\/cmd\/run(\/|$)/.test(script) ? "program" : "engine";
}

function cpuOf(pid: number): number {
    const stat = read(pid, "stat");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function peakOf(pid: number): number {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(read(pid, "status"))?.[1] ?? 0) * 1024;
}

function childrenOf(pid: number): number[] {
    // A process's children are listed at the thread that started them.
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
        read(pid, `task/${thread}/children`).split(" ").filter(Boolean).map(Number),
    );
}

function read(pid: number, file: string): string {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
}

function sum(seen: Seen[]): Costs {
    const of = (part: Part): Cost => {
        const mine = seen.filter((one) => one.part === part);
        return {
            cpu: mine.reduce((total, { cpu }) => total + cpu, 0),
            rss: mine.reduce((total, { rss }) => total + rss, 0),
        };
    };
    return { engine: of("engine"), program: of("program"), providers: of("providers") };
}
