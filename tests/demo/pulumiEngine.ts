import type { EngineEvent, StepEventMetadata } from "@pulumi/pulumi/automation";
import type { Cluster } from "../cluster/harness";
import { TestStack, type Run } from "../e2e/support/stack";
import { nameOf } from "../support/localStack";
import type { ResourceEvent } from "../support/timeline";
import { SETTINGS, type DemoEngine, type Ran } from "./engine";

const onOutput = (text: string): void => {
    process.stdout.write(text);
};

/** The real engine, which shows its own progress. */
export class PulumiEngine implements DemoEngine {
    private constructor(private readonly stack: TestStack) {}

    static async create(cluster: Cluster): Promise<PulumiEngine> {
        return new PulumiEngine(await TestStack.create(cluster, "demo", SETTINGS));
    }

    async preview(): Promise<Ran> {
        return ended(await this.stack.preview({ onOutput }), []);
    }

    async up(): Promise<Ran> {
        const events: ResourceEvent[] = [];
        const onEvent = (event: EngineEvent): void => {
            const told = resourceEvent(event, Date.now());
            if (told !== undefined) events.push(told);
        };
        return ended(await this.stack.up({ onOutput, onEvent }), events);
    }

    /** The engine's own look at the cluster. */
    async drift(): Promise<string[]> {
        return ended(await this.stack.refresh(), []).changes;
    }

    async destroy(): Promise<void> {
        ended(await this.stack.destroy(), []);
        this.stack.remove();
    }
}

function ended({ changes, error }: Run, events: ResourceEvent[]): Ran {
    if (error !== undefined) {
        throw new Error(error);
    }
    return { changes: changes.map(({ op, name }) => `${op} ${name}`), events };
}

/** What an event of the engine says about a resource that it works on. */
export function resourceEvent(event: EngineEvent, at: number): ResourceEvent | undefined {
    const { resourcePreEvent, resOutputsEvent, resOpFailedEvent } = event;
    const told = (
        phase: ResourceEvent["phase"],
        { urn, type, op, new: after, old: before }: StepEventMetadata,
    ): ResourceEvent | undefined =>
        // A component, and the stack, last as long as what is in them.
        op === "same" || op === "read" || (after ?? before)?.custom !== true
            ? undefined
            : { type, name: nameOf(urn), op, phase, at };
    if (resourcePreEvent !== undefined) return told("begins", resourcePreEvent.metadata);
    if (resOutputsEvent !== undefined) return told("done", resOutputsEvent.metadata);
    if (resOpFailedEvent !== undefined) return told("failed", resOpFailedEvent.metadata);
    return undefined;
}
