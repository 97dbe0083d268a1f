import type * as automation from "@pulumi/pulumi/automation";
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../../cluster/harness";
import { localStack, record, REPOSITORY, type Run, type Watcher } from "../../support/localStack";

export type { Change, Run, Watcher } from "../../support/localStack";

const EXAMPLE = join(REPOSITORY, "examples", "kubeadm");
const PROJECT = "secure-metrics-server-kubeadm";

/** Configuration of the example, as plain values. */
export type Settings = Record<string, unknown>;

/** A stack of examples/kubeadm on a local file backend, for one cluster. */
export class TestStack {
    /** What the engine has printed so far in the run of the moment. */
    printed = "";

    private constructor(
        readonly stack: automation.Stack,
        readonly folder: string,
    ) {}

    /** A new stack, configured for all nodes of the cluster. Another program reads the same configuration. */
    static async create(
        cluster: Cluster,
        name: string,
        settings: Settings = {},
        program = EXAMPLE,
    ): Promise<TestStack> {
        const { stack, folder } = await localStack(program, name);
        const self = new TestStack(stack, folder);
        await self.set("kubeconfig", cluster.kubeconfig);
        await self.setNodes(nodesOf(cluster));
        await self.setObject("ssh", { user: cluster.sshUser });
        await self.set("sshPrivateKey", readFileSync(cluster.sshKeyPath, "utf8"), true);
        await self.setObject("settings", settings);
        return self;
    }

    async set(key: string, value: string, secret = false): Promise<void> {
        await this.stack.setConfig(`${PROJECT}:${key}`, { value, secret });
    }

    async setObject(key: string, value: unknown): Promise<void> {
        await this.set(key, JSON.stringify(value));
    }

    async setNodes(nodes: Record<string, ConfiguredNode>): Promise<void> {
        await this.setObject("nodes", nodes);
    }

    up({ onEvent, ...extra }: automation.UpOptions = {}, watch?: Watcher): Promise<Run> {
        this.printed = "";
        return record(
            (options) =>
                this.stack.up({
                    ...options,
                    ...extra,
                    onEvent: (event) => {
                        options.onEvent(event);
                        onEvent?.(event);
                    },
                }),
            watch,
            (text) => (this.printed += text),
        );
    }

    preview(extra: automation.PreviewOptions = {}): Promise<Run> {
        return record((options) => this.stack.preview({ ...options, ...extra }));
    }

    refresh(): Promise<Run> {
        return record((options) => this.stack.refresh(options));
    }

    previewDestroy(): Promise<Run> {
        return record((options) => this.stack.destroy({ ...options, previewOnly: true }));
    }

    destroy(watch?: Watcher): Promise<Run> {
        return record((options) => this.stack.destroy(options), watch);
    }

    /** Does something with further environment variables for the engine. */
    async withEnvironment(set: Record<string, string>, act: () => Promise<void>): Promise<void> {
        const { workspace } = this.stack;
        const before = workspace.envVars;
        workspace.envVars = { ...before, ...set };
        try {
            await act();
        } finally {
            workspace.envVars = before;
        }
    }

    /**
     * Takes the lock away that a killed engine leaves. A local backend writes `.attrs` files beside its own, and not at once: an
     * empty one makes every command fail with "failed to load checkpoint: EOF" until it is deleted.
     */
    async cancel(): Promise<void> {
        const state = join(this.folder, "state");
        for (const file of readdirSync(state, { recursive: true, encoding: "utf8" })) {
            const path = join(state, file);
            if (file.endsWith(".attrs") && statSync(path).size === 0) rmSync(path);
        }
        await this.stack.cancel();
    }

    async outputs(): Promise<Record<string, unknown>> {
        const outputs = await this.stack.outputs();
        return Object.fromEntries(
            Object.entries(outputs).map(([name, { value }]) => [name, value as unknown]),
        );
    }

    /** The state as it lies on disk, where secrets have to be ciphertext. */
    stateText(): string {
        const path = join(this.folder, "state", ".pulumi", "stacks", PROJECT);
        return readFileSync(join(path, `${this.stack.name}.json`), "utf8");
    }

    /** Takes away what a test may have left, nodes included, and forgets the stack. */
    async clean(): Promise<void> {
        if (!(await this.isEmpty())) {
            await this.setObject("settings", { onRemove: "revert" });
            await this.up();
            await this.destroy();
        }
        this.remove();
    }

    /** Whether nothing is left of what it has made. */
    async isEmpty(): Promise<boolean> {
        const exported = await this.stack.exportStack();
        const deployment = exported.deployment as { resources?: unknown[] };
        return (deployment.resources ?? []).length <= 1;
    }

    /** Forgets the stack. What it made in the cluster has to be gone by then. */
    remove(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }
}

/** A node as the example's configuration has it. */
export interface ConfiguredNode {
    host: string;
    hostKey: string;
    role?: string;
    addresses?: string[];
    ssh?: Record<string, unknown>;
}

/** The nodes of a cluster as the example's configuration has them. */
export function nodesOf(cluster: Cluster): Record<string, ConfiguredNode> {
    return Object.fromEntries(
        cluster.nodes.map(({ nodeName, ip, ips, externalIp, hostKey, role }) => {
            const addresses = [...ips, externalIp].filter((each) => each !== undefined);
            return [
                nodeName,
                {
                    host: ip,
                    hostKey,
                    ...(role === "controlPlane" && { role }),
                    ...(addresses.length > 1 && { addresses }),
                },
            ];
        }),
    );
}
