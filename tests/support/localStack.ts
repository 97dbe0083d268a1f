import * as automation from "@pulumi/pulumi/automation";
import { cpSync, mkdirSync, mkdtempSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const REPOSITORY = join(__dirname, "..", "..");

/** One thing that the engine did, or in a preview would do. */
export interface Change {
    op: string;
    type: string;
    name: string;
    /** The inputs that differ. */
    diffs: string[];
}

/** What a policy found wrong with a resource. */
export interface Violation {
    policy: string;
    level: string;
    name: string;
    message: string;
}

/** What a run of the engine showed. */
export interface Run {
    changes: Change[];
    violations: Violation[];
    /** Everything that was printed. */
    output: string;
    /** The error, when the run failed. */
    error?: string;
}

/** The engine's environment for a local file backend in the folder `state` of a folder. */
export function engineEnvironment(folder: string): Record<string, string> {
    return {
        PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "correct horse",
        PULUMI_SKIP_UPDATE_CHECK: "true",
    };
}

/** Copies a program into a folder of its own, with a stack on a local file backend beside it. */
export async function localStack(
    program: string,
    name: string,
): Promise<{ stack: automation.Stack; folder: string }> {
    const folder = mkdtempSync(join(tmpdir(), `sms-${name}-`));
    mkdirSync(join(folder, "state"));
    const workDir = join(folder, "program");
    cpSync(program, workDir, {
        recursive: true,
        filter: (path) => !path.includes("node_modules"),
    });
    symlinkSync(join(REPOSITORY, "node_modules"), join(workDir, "node_modules"));
    const stack = await automation.LocalWorkspace.createOrSelectStack(
        { stackName: name, workDir },
        {
            envVars: engineEnvironment(folder),
        },
    );
    return { stack, folder };
}

type Runner = (options: {
    onEvent: (event: automation.EngineEvent) => void;
    onOutput: (text: string) => void;
    color: "never";
}) => Promise<unknown>;

/** Called as soon as the engine begins with a change. */
export type Watcher = (change: Change) => void;

/** Runs the engine and keeps what it did from its events, not from its prose. */
export async function record(
    run: Runner,
    watch?: Watcher,
    hear?: (text: string) => void,
): Promise<Run> {
    const changes: Change[] = [];
    const violations: Violation[] = [];
    let output = "";
    const onEvent = ({ resourcePreEvent, policyEvent }: automation.EngineEvent): void => {
        const metadata = resourcePreEvent?.metadata;
        if (
            metadata !== undefined &&
            !["same", "read", "discard", "refresh"].includes(metadata.op)
        ) {
            const { op, type, urn, diffs } = metadata;
            const change = { op, type, name: nameOf(urn), diffs: diffs ?? [] };
            changes.push(change);
            watch?.(change);
        }
        if (policyEvent !== undefined) {
            const { policyName, enforcementLevel, resourceUrn, message } = policyEvent;
            violations.push({
                policy: policyName,
                level: enforcementLevel,
                name: nameOf(resourceUrn ?? ""),
                message,
            });
        }
    };
    const onOutput = (text: string): void => {
        output += text;
        hear?.(text);
    };
    try {
        await run({ onEvent, onOutput, color: "never" });
        return { changes, violations, output };
    } catch (error) {
        const message = error instanceof Error ? error.message : String(error);
        return { changes, violations, output, error: message };
    }
}

/** A resource as the state has it. */
export interface StateResource {
    urn: string;
    inputs: Record<string, unknown>;
}

/** The resource with this logical name in a stack's state; a state without it is an error. */
export async function resourceNamed(stack: automation.Stack, name: string): Promise<StateResource> {
    const { deployment } = (await stack.exportStack()) as {
        deployment: { resources: StateResource[] };
    };
    const found = deployment.resources.find(({ urn }) => nameOf(urn) === name);
    if (found === undefined) {
        throw new Error(`the state has no ${name}`);
    }
    return found;
}

/** The logical name in a URN. */
export function nameOf(urn: string): string {
    return urn.split("::").at(-1) ?? "";
}
