import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Deployment, Stack } from "@pulumi/pulumi/automation";
import { localStack } from "../../support/localStack";

const STATES = join(__dirname, "states");
const PROGRAM = join(__dirname, "..", "programs", "upgrade");
const STACK = "upgrade";
const CONFIG = `Pulumi.${STACK}.yaml`;

/** A resource as the state has it. */
interface Resource {
    inputs?: Record<string, unknown>;
    outputs?: Record<string, unknown>;
}

/** The releases whose states are recorded, the oldest first. */
export function recordedReleases(): string[] {
    return readdirSync(STATES).sort(new Intl.Collator("en", { numeric: true }).compare);
}

/** The commands on nodes that a release's state has: their names, and whether they are undone by another command. */
export function commandsOf(release: string): { name: string; undone: boolean }[] {
    const text = readFileSync(join(STATES, release, "state.json"), "utf8");
    const { deployment } = JSON.parse(text) as {
        deployment: { resources: (Resource & { type: string; urn: string })[] };
    };
    return deployment.resources
        .filter(({ type }) => type === "command:remote:Command")
        .map(({ urn, inputs }) => ({
            name: urn.split("::").at(-1) ?? "",
            undone: inputs?.["delete"] !== undefined,
        }));
}

/** Runs with a new stack of the upgrade program, and forgets the stack. */
export async function withStack<T>(use: (stack: Stack, folder: string) => Promise<T>): Promise<T> {
    const { stack, folder } = await localStack(PROGRAM, STACK);
    try {
        return await use(stack, folder);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/** Gives a stack the configuration and the state of a release, as `edit` leaves it. */
export async function importRelease(
    stack: Stack,
    folder: string,
    release: string,
    edit: (text: string) => string = (text) => text,
): Promise<void> {
    const recorded = join(STATES, release);
    copyFileSync(join(recorded, CONFIG), join(folder, "program", CONFIG));
    const text = readFileSync(join(recorded, "state.json"), "utf8");
    await stack.importStack(JSON.parse(edit(text)) as Deployment);
}

/**
 * Keeps the configuration and the state of a stack as those of a release. The state is read from its file, because an
 * exported one has secrets in the clear.
 */
export function keepRelease(folder: string, release: string): string {
    const file = join(folder, "state", ".pulumi", "stacks", "upgrade", `${STACK}.json`);
    const { version, checkpoint } = JSON.parse(readFileSync(file, "utf8")) as StateFile;
    checkpoint.latest.resources = checkpoint.latest.resources.map(withoutWhatVaries);
    const text = JSON.stringify({ version, deployment: checkpoint.latest }, undefined, 2);
    if (text.includes("PRIVATE KEY")) {
        throw new Error(`${file} has a private key in the clear; expected ciphertext`);
    }
    const recorded = join(STATES, release);
    mkdirSync(recorded, { recursive: true });
    writeFileSync(join(recorded, "state.json"), `${text}\n`);
    copyFileSync(join(folder, "program", CONFIG), join(recorded, CONFIG));
    return recorded;
}

interface StateFile {
    version: number;
    checkpoint: { latest: { resources: Resource[] } };
}

/** Without times and paths of the machine, and without the scripts, which are long and may change in every release. */
function withoutWhatVaries(resource: Resource): Resource {
    const varies = ["created", "modified", "sourcePosition", "stackTrace"];
    const kept = Object.entries(resource).filter(([key]) => !varies.includes(key));
    const { inputs, outputs, ...rest } = Object.fromEntries(kept) as unknown as Resource;
    return {
        ...rest,
        ...(inputs && { inputs: withoutScript(inputs) }),
        ...(outputs && { outputs: withoutScript(outputs) }),
    };
}

function withoutScript(properties: Record<string, unknown>): Record<string, unknown> {
    return typeof properties["stdin"] === "string"
        ? { ...properties, stdin: "# the script of that release\n" }
        : properties;
}
