import type { Recorded } from "./mocks";

/** The one resource with a name; names are unique within a component. */
export function named(resources: Recorded[], name: string): Recorded {
    const found = resources.filter((resource) => resource.name === name);
    if (found.length !== 1 || found[0] === undefined) {
        throw new Error(`${found.length} resources are named ${name}`);
    }
    return found[0];
}

/** All node commands. */
export function commands(resources: Recorded[]): Recorded[] {
    return resources.filter(({ type }) => type === "command:remote:Command");
}

/** A text input of a resource. */
export function text(resource: Recorded, input: string): string {
    const value = resource.inputs[input];
    if (typeof value !== "string") {
        throw new Error(`${resource.name}.${input} is no text: ${JSON.stringify(value)}`);
    }
    return value;
}

/** The settings on stdin, without the line that names the script. */
export function header(resource: Recorded): Record<string, string> {
    const lines = Object.entries(headerLines(resource));
    return Object.fromEntries(lines.filter(([key]) => key !== "SCRIPT"));
}

/** Which script a command runs: name and SHA-256. */
export function scriptOf(resource: Recorded): string {
    return headerLines(resource)["SCRIPT"] ?? "";
}

function headerLines(resource: Recorded): Record<string, string> {
    const settings: Record<string, string> = {};
    const pattern = /^([A-Z][A-Z0-9_]*)='((?:[^']|'\\'')*)'\n/;
    let rest = text(resource, "stdin");
    for (let match = pattern.exec(rest); match !== null; match = pattern.exec(rest)) {
        settings[match[1] ?? ""] = (match[2] ?? "").replaceAll("'\\''", "'");
        rest = rest.slice(match[0].length);
    }
    return settings;
}

/** Everything that a resource waits for, also through others. */
export function waitsFor(resources: Recorded[], name: string): Set<string> {
    const all = new Set<string>();
    const visit = (current: string): void => {
        const resource = resources.find((each) => each.name === current);
        const direct = [
            ...(resource?.dependsOn ?? []),
            ...(resource?.parent !== undefined ? [resource.parent] : []),
        ];
        for (const next of direct.filter((each) => !all.has(each))) {
            all.add(next);
            visit(next);
        }
    };
    visit(name);
    return all;
}
