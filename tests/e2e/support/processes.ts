import { readdirSync, readFileSync } from "node:fs";
import type { TestStack } from "./stack";

/** The processes of `pulumi` that work on a stack. */
export function enginesOf({ stack }: TestStack): number[] {
    return processes().filter((pid) => {
        const [program = "", ...words] = commandOf(pid);
        return /(^|\/)pulumi$/.test(program) && words.includes(stack.name);
    });
}

/** The processes that run commands on nodes for a stack's engine. */
function providersOf(stack: TestStack): number[] {
    const engines = enginesOf(stack);
    return processes().filter(
        (pid) =>
            /(^|\/)pulumi-resource-command$/.test(commandOf(pid)[0] ?? "") &&
            engines.includes(parentOf(pid)),
    );
}

/**
 * Lets a stack's engine begin no command on a node until the returned function is called. A provider whose engine is gone by
 * then ends without having run what it was asked for.
 */
export function holdProviders(stack: TestStack): () => void {
    const held = providersOf(stack).map((pid) => ({ pid, engine: parentOf(pid) }));
    if (held.length === 0) {
        throw new Error(`the engine of ${stack.stack.name} has no provider of commands`);
    }
    for (const { pid } of held) process.kill(pid, "SIGSTOP");
    return () => {
        for (const { pid, engine } of held.splice(0)) {
            if (commandOf(pid).length === 0) continue;
            process.kill(pid, parentOf(pid) === engine ? "SIGCONT" : "SIGKILL");
        }
    };
}

function processes(): number[] {
    return readdirSync("/proc")
        .filter((entry) => /^\d+$/.test(entry))
        .map(Number);
}

function commandOf(pid: number): string[] {
    return read(`/proc/${pid}/cmdline`)
        .split("\0")
        .filter((word) => word !== "");
}

function parentOf(pid: number): number {
    return Number(/^PPid:\s*(\d+)$/m.exec(read(`/proc/${pid}/status`))?.[1] ?? -1);
}

/** Nothing of a process that has ended. */
function read(path: string): string {
    try {
        return readFileSync(path, "utf8");
    } catch {
        return "";
    }
}
