import type { ResourceHookArgs } from "@pulumi/pulumi";
import type { Recorded, Run } from "./mocks";

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

/** What the engine does before it creates or updates a resource. */
export async function runHook(
    { resources, hooks }: Run<unknown>,
    name: string,
    isNew = true,
): Promise<void> {
    const { type, hooks: bound } = named(resources, name);
    const hook = hooks.get(bound[0] ?? "");
    if (hook === undefined) {
        throw new Error(`${name} has no hook; there are ${[...hooks.keys()].join(", ")}`);
    }
    const args: ResourceHookArgs = { urn: `urn:${name}`, id: "", name, type, newInputs: {} };
    await hook(isNew ? args : { ...args, oldInputs: {} });
}

/** A text input of a resource. */
export function text(resource: Recorded, input: string): string {
    const value = resource.inputs[input];
    if (typeof value !== "string") {
        throw new Error(`${resource.name}.${input} is no text: ${JSON.stringify(value)}`);
    }
    return value;
}

/** The names of all settings on stdin but the script's. */
export function settingKeys(resource: Recorded): string[] {
    return Object.keys(headerLines(resource)).filter((key) => key !== "SCRIPT");
}

/** The settings on stdin, without the lines that name the script and the stack. */
export function header(resource: Recorded): Record<string, string> {
    const lines = Object.entries(headerLines(resource));
    return Object.fromEntries(lines.filter(([key]) => key !== "SCRIPT" && key !== "STACK"));
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
