import * as pulumi from "@pulumi/pulumi";
import { inert } from "./foreignText";

/**
 * Thrown for arguments that cannot work. The message lists every problem that was found, one a line, each with the
 * argument, what was found and what to do. A value may come from elsewhere, so every problem is one line and carries no
 * markup. Pulumi prints it without a stack trace.
 */
export class InvalidArgumentsError extends pulumi.RunError {
    constructor(component: string, name: string, problems: string[], where = "in its arguments") {
        const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
        const message = `${component} "${inert(name)}": ${count} ${where}:\n${list(problems)}`;
        super(message);
        // Every input that fails with it would put its own name in front, all in the same message.
        Object.defineProperty(this, "message", { get: () => message, set: () => undefined });
        // A plugin host prints the stack of an error that comes late, if there is one.
        Reflect.deleteProperty(this, "stack");
    }
}

function list(problems: string[]): string {
    return problems.map((problem) => `  - ${inert(problem)}`).join("\n");
}

/** Whose arguments are wrong, for problems of the parts that it hands them to and for those that show late. */
export interface Owner {
    component: string;
    name: string;
}

/** Throws one InvalidArgumentsError with all problems, or does nothing when there are none. `where` is for what is no argument. */
export function refuse(component: string, name: string, problems: string[], where?: string): void {
    if (problems.length > 0) {
        throw new InvalidArgumentsError(component, name, problems, where);
    }
}

/** What arguments were parsed into, or everything that is wrong with them. */
export type Parsed<T> =
    { value: T; problems?: undefined } | { value?: undefined; problems: string[] };

/** What was parsed, when there is neither a problem with it nor another one. Otherwise throws all of them as one error. */
export function accepted<T>(
    { component, name }: Owner,
    parsed: Parsed<T>,
    others: string[] = [],
): T {
    if (parsed.problems !== undefined) {
        throw new InvalidArgumentsError(component, name, [...parsed.problems, ...others]);
    }
    refuse(component, name, others);
    return parsed.value;
}
