import * as pulumi from "@pulumi/pulumi";
import type { Cluster } from "../harness";
import { applyObject, deleteObject } from "./objects";
import { runRemote, type RemoteInputs } from "./remote";
import { issue } from "./issue";

/** A resource that was made, so that it can be taken back. */
interface Made {
    name: string;
    destroy?: () => Promise<void>;
}

/**
 * Stands in for the engine on a machine without one. The program, its graph and its order are the real ones; what it
 * registers is really done: commands run over SSH, objects are applied with kubectl, certificates are issued with OpenSSL.
 * It keeps no state and shows no diff, which is what the e2e tier is for.
 */
export class Substitute {
    private readonly made: Made[] = [];
    /** Names of resources in the order in which they were done. */
    readonly order: string[] = [];
    /** What the commands printed, by name. */
    readonly printed: Record<string, string> = {};

    /** With `onlyCommands`, objects of the cluster are left as they are: they exist from an earlier run. */
    constructor(
        private readonly cluster: Cluster,
        private readonly options: { onlyCommands?: boolean } = {},
    ) {}

    /** Runs a program to its end, as `pulumi up` would. The first failure is the result. */
    async up(program: () => unknown): Promise<void> {
        const failures: unknown[] = [];
        await pulumi.runtime.setMocks(
            {
                call: ({ token }) => {
                    throw new Error(`unexpected invoke ${token}`);
                },
                newResource: async (args) => {
                    try {
                        return await this.create(args);
                    } catch (error) {
                        failures.push(error);
                        throw error;
                    }
                },
            },
            "cluster-tier",
            "test",
            false,
        );
        const rejected = new Promise<never>((_, reject) => {
            process.once("unhandledRejection", reject);
        });
        // The stack's outputs are there before the last resources are: disconnecting waits for those as well.
        const done = pulumi.runtime
            .runInPulumiStack(() => Promise.resolve(program()))
            .then(() => pulumi.runtime.disconnect());
        await Promise.race([done, rejected]).catch((error: unknown) => {
            throw failures[0] ?? error;
        });
        if (failures.length > 0) {
            throw failures[0];
        }
    }

    /** Takes everything back, the newest first, as `pulumi destroy` would. */
    async destroy(): Promise<string[]> {
        const names: string[] = [];
        for (const { name, destroy } of this.made.reverse()) {
            if (destroy !== undefined) {
                await destroy();
                names.push(name);
            }
        }
        this.made.length = 0;
        return names;
    }

    private async create(
        args: pulumi.runtime.MockResourceArgs,
    ): Promise<pulumi.runtime.MockResourceResult> {
        const inputs = withoutSecretMarks(args.inputs) as Record<string, unknown>;
        if (
            args.type === "kubernetes:core/v1:Namespace" &&
            args.id !== undefined &&
            args.id !== ""
        ) {
            // Only read: it is there already.
            const found = await this.cluster.kubectl(["get", "namespace", args.id, "-o", "json"]);
            return { id: args.id, state: JSON.parse(found) as Record<string, unknown> };
        }
        const done = await this.real(args.type, args.name, inputs);
        this.order.push(args.name);
        this.made.push({ name: args.name, ...(done.destroy && { destroy: done.destroy }) });
        return { id: `${args.name}-id`, state: { ...inputs, ...done.state } };
    }

    private async real(
        type: string,
        name: string,
        inputs: Record<string, unknown>,
    ): Promise<{ state: Record<string, unknown>; destroy?: () => Promise<void> }> {
        if (type === "command:remote:Command") {
            const command = inputs as unknown as RemoteInputs;
            const stdout = await runRemote(this.cluster, command, command.create);
            this.printed[name] = stdout;
            const { delete: line } = command;
            return {
                state: { stdout, stderr: "" },
                ...(line !== undefined && {
                    destroy: async () => {
                        await runRemote(this.cluster, command, line);
                    },
                }),
            };
        }
        if (type.startsWith("kubernetes:")) {
            if (this.options.onlyCommands === true) {
                return { state: inputs };
            }
            const object = await applyObject(this.cluster, name, inputs);
            return { state: object, destroy: () => deleteObject(this.cluster, object) };
        }
        return { state: type.startsWith("tls:") ? issue(type, inputs) : {} };
    }
}

/** The key that marks a secret on its way to the engine. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";

/** Values as a provider gets them: a secret is its value. */
function withoutSecretMarks(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(withoutSecretMarks);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    if (SIGNATURE in value) {
        return withoutSecretMarks((value as { value?: unknown }).value);
    }
    return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => [key, withoutSecretMarks(inner)]),
    );
}
