import { LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import type { Cluster } from "../cluster/harness";
import { startEngineService } from "../host/support/engineService";
import { startMonitor } from "../host/support/monitor";
import type { ResourceEvent } from "../support/timeline";
import { runProgram, type Program } from "./program";
import { realProvider, type Kept } from "./provider";
import { driftOf, remove } from "./providers";
import { plainProperties } from "./values";

/** What hears of a run while it goes on. */
export interface Listener {
    /** A resource that is worked on, or was found as it has to be. */
    onEvent?: (event: ResourceEvent) => void;
    /** What the program tells people: warnings, and what nodes said. */
    onMessage?: (message: string) => void;
}

/** What a run did, or in a preview would do. */
export interface Outcome {
    /** `create NAME`, `update NAME (inputs that differ)`, `delete NAME`. */
    changes: string[];
    /** How many resources are as they have to be. */
    unchanged: number;
}

/**
 * Stands in for the engine where there is none. The program runs in a process of its own and speaks the engine's protocol: its
 * graph, its order, its hooks and its transforms are the real ones, and what it registers is really done. The second run is
 * compared with the first. It keeps nothing on disk, shows no property's old and new value, and changes nothing in place but
 * commands.
 */
export class Substitute {
    private readonly kept = new Map<string, Kept>();

    constructor(
        private readonly cluster: Cluster,
        /** What runs; another configuration is for the next run. */
        public program: Program,
    ) {}

    /** What commands printed, by the name of the resource. */
    get printed(): Record<string, string> {
        return Object.fromEntries(
            [...this.kept.values()]
                .filter(({ type }) => type === "command:remote:Command")
                .map(({ name, outputs }) => [name, String(plainProperties(outputs)["stdout"])]),
        );
    }

    /** Says what `up` would do. */
    preview(listener: Listener = {}): Promise<Outcome> {
        return this.run(true, listener);
    }

    /** Makes what is not there. The first failure is the result. */
    up(listener: Listener = {}): Promise<Outcome> {
        return this.run(false, listener);
    }

    /** Takes everything back, the newest first; returns the names. */
    async destroy(listener: Listener = {}): Promise<string[]> {
        const names: string[] = [];
        for (const [urn, resource] of [...this.kept].reverse()) {
            const { type, name } = resource;
            if (!resource.retain) {
                const tell = (phase: ResourceEvent["phase"]): void =>
                    listener.onEvent?.({ type, name, op: "delete", phase, at: Date.now() });
                tell("begins");
                await remove(this.cluster, resource, plainProperties(resource.outputs));
                tell("done");
                names.push(name);
            }
            this.kept.delete(urn);
        }
        return names;
    }

    /** Objects of the cluster that are not what was registered any more, each with the paths that differ. */
    async drift(): Promise<string[]> {
        const looks = [...this.kept.values()].map(async (resource) => {
            const outputs = plainProperties(resource.outputs);
            const paths = await driftOf(this.cluster, resource, outputs);
            return paths.map((path) => `${resource.name}: ${path}`);
        });
        return (await Promise.all(looks)).flat();
    }

    private async run(preview: boolean, listener: Listener): Promise<Outcome> {
        const changes: string[] = [];
        const errors: string[] = [];
        let unchanged = 0;
        const stopping = new AbortController();
        const run = {
            cluster: this.cluster,
            preview,
            kept: this.kept,
            seen: new Set<string>(),
            failures: [] as unknown[],
            working: 0,
            stop: () => {
                stopping.abort();
            },
            tell: (event: ResourceEvent): void => {
                if (event.phase === "done") {
                    if (event.op === "same") unchanged += 1;
                    else changes.push(changeLine(event));
                }
                listener.onEvent?.(event);
            },
        };
        const monitor = await startMonitor({ preview, provider: realProvider(run) });
        const engine = await startEngineService((severity, message) => {
            if (severity === LogSeverity.ERROR) errors.push(message);
            else if (severity !== LogSeverity.DEBUG) listener.onMessage?.(message);
        });
        try {
            const { code, output } = await runProgram({
                ...this.program,
                preview,
                monitor: monitor.address,
                engine: engine.address,
                signal: stopping.signal,
            });
            if (code !== 0 || run.failures.length > 0) {
                throw (
                    (run.failures[0] as Error | undefined) ??
                    new Error([...errors, output].join("\n"))
                );
            }
        } finally {
            monitor.close();
            engine.close();
        }
        const gone = [...this.kept].filter(([urn]) => !run.seen.has(urn));
        return {
            changes: [...changes, ...gone.map(([, { name }]) => `delete ${name}`)],
            unchanged,
        };
    }
}

function changeLine({ op, name, differing = [] }: ResourceEvent): string {
    return `${op} ${name}${differing.length === 0 ? "" : ` (${differing.join(", ")})`}`;
}
