import type { Cluster } from "../cluster/harness";
import { kubeadmExample } from "../substitute/kubeadmExample";
import { Substitute, type Listener, type Outcome } from "../substitute/substitute";
import type { ResourceEvent } from "../support/timeline";
import type { Display } from "./display";
import { SETTINGS, type DemoEngine, type Ran } from "./engine";

/** The tests' substitute for the engine, with its progress on the display. */
export class SubstituteEngine implements DemoEngine {
    private readonly substitute: Substitute;

    constructor(
        cluster: Cluster,
        private readonly display: Display,
    ) {
        this.substitute = new Substitute(cluster, kubeadmExample(cluster, SETTINGS));
    }

    async preview(): Promise<Ran> {
        const ran = await this.watched((listener) => this.substitute.preview(listener));
        for (const change of ran.changes) this.display.line(`    ${change}`);
        return ran;
    }

    async up(): Promise<Ran> {
        return this.watched((listener) => this.substitute.up(listener), "done");
    }

    drift(): Promise<string[]> {
        return this.substitute.drift();
    }

    async destroy(): Promise<void> {
        await this.substitute.destroy(this.listener([], "done"));
        this.display.moment(undefined);
    }

    private async watched(
        run: (listener: Listener) => Promise<Outcome>,
        show?: "done",
    ): Promise<Ran> {
        const events: ResourceEvent[] = [];
        try {
            const { changes, unchanged } = await run(this.listener(events, show));
            this.display.moment(undefined);
            this.display.line(`    ${changes.length} changes, ${unchanged} unchanged`);
            return { changes, events };
        } finally {
            this.display.moment(undefined);
        }
    }

    /** Shows what is worked on, and with `show` a line for each resource that is done. */
    private listener(events: ResourceEvent[], show?: "done"): Listener {
        const begin = Date.now();
        const working = new Map<string, number>();
        const since = (at: number): string => `${((Date.now() - at) / 1000).toFixed(1)} s`;
        return {
            onEvent: (event) => {
                events.push(event);
                const { op, name, phase } = event;
                if (show === undefined || op === "same") return;
                if (phase === "begins") {
                    working.set(name, Date.now());
                } else {
                    const took = since(working.get(name) ?? begin);
                    working.delete(name);
                    const word = phase === "done" ? op : `${op} failed:`;
                    this.display.line(`${since(begin).padStart(10)}  ${word} ${name} (${took})`);
                }
                const now = (): string =>
                    `${since(begin).padStart(10)}  … ${[...working.keys()].join(", ")}`;
                if (process.stdout.isTTY) {
                    this.display.moment(working.size === 0 ? undefined : now);
                }
            },
            onMessage: (message) => {
                this.display.line(`            ${message.trimEnd()}`);
            },
        };
    }
}
