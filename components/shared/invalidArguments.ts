import * as pulumi from "@pulumi/pulumi";
import { inert } from "./foreignText";

/**
 * Thrown for arguments that cannot work. The message lists every problem that was found, one a line, each with the
 * argument, what was found and what to do. A value may come from elsewhere, so every problem is one line and carries no
 * markup. Pulumi prints it without a stack trace.
 */
export class InvalidArgumentsError extends pulumi.RunError {
    constructor(component: string, name: string, problems: string[]) {
        const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
        super(`${component} "${inert(name)}": ${count} in its arguments:\n${list(problems)}`);
        // A plugin host prints the stack of an error that comes late, if there is one.
        Reflect.deleteProperty(this, "stack");
    }
}

function list(problems: string[]): string {
    return problems.map((problem) => `  - ${inert(problem)}`).join("\n");
}

/** Throws one InvalidArgumentsError with all problems, or does nothing when there are none. */
export function refuse(component: string, name: string, problems: string[]): void {
    if (problems.length > 0) {
        throw new InvalidArgumentsError(component, name, problems);
    }
}
