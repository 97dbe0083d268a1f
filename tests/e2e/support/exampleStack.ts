import type * as automation from "@pulumi/pulumi/automation";
import { readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { load } from "js-yaml";
import type { Cluster } from "../../cluster/harness";
import { localStack, record, REPOSITORY, type Run, type Watcher } from "../../support/localStack";

/** A stack of one of the examples as it stands, on a local file backend, for one cluster. */
export class ExampleStack {
    private constructor(
        readonly stack: automation.Stack,
        private readonly folder: string,
        private readonly project: string,
    ) {}

    static async create(cluster: Cluster, example: string): Promise<ExampleStack> {
        const program = join(REPOSITORY, "examples", example);
        const { stack, folder } = await localStack(program, example);
        const { name } = load(readFileSync(join(program, "Pulumi.yaml"), "utf8")) as {
            name: string;
        };
        const self = new ExampleStack(stack, folder, name);
        await self.set("kubeconfig", cluster.kubeconfig);
        return self;
    }

    async set(key: string, value: string): Promise<void> {
        await this.stack.setConfig(`${this.project}:${key}`, { value });
    }

    up(watch?: Watcher): Promise<Run> {
        return record((options) => this.stack.up(options), watch);
    }

    preview(): Promise<Run> {
        return record((options) => this.stack.preview(options));
    }

    destroy(watch?: Watcher): Promise<Run> {
        return record((options) => this.stack.destroy(options), watch);
    }

    async output(name: string): Promise<string> {
        const outputs = await this.stack.outputs();
        return String(outputs[name]?.value);
    }

    /** The state as it lies on disk, where secrets have to be ciphertext. */
    stateText(): string {
        const path = join(this.folder, "state", ".pulumi", "stacks", this.project);
        return readFileSync(join(path, `${this.stack.name}.json`), "utf8");
    }

    /** Takes away what a test may have left, and forgets the stack. */
    async clean(): Promise<void> {
        await this.destroy();
        rmSync(this.folder, { recursive: true, force: true });
    }
}
