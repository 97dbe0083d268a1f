import * as pulumi from "@pulumi/pulumi";
import { remote } from "@pulumi/command";
import { connectionTo, type Connection } from "./connection";
import { repairMarker } from "./nodeStatus";
import type { NodeArgs, SshArgs } from "../nodes/nodeArgs";
import { runLine } from "./composeScript";
import { loadNodeWatch, loadProbe, loadReachable } from "./deferredSsh";

/** A script that is kept in effect on one node. */
export interface NodeCommandArgs {
    /** The node's name, for messages. */
    node: string;
    /** How to reach the node. */
    args: NodeArgs;
    ssh: SshArgs | undefined;
    /** The composed script. It never carries a secret. */
    script: pulumi.Input<string>;
    /** The verb that brings the node into the wanted state. */
    ensure: string;
    /** The verb that takes it back; a command without one is only forgotten. */
    revert?: string;
    /** Seconds until systemd ends the script. */
    seconds: number;
    /** Whether previews and runs look at the node for drift. The script then has a read-only verb `status`. */
    detectDrift?: boolean | undefined;
    /** What has to succeed before the command is created; an update does not wait for it. */
    beforeFirst?: () => Promise<void>;
}

/**
 * One `remote.Command` for one node. The script is on stdin and not secret, so that a preview shows a changed setting as a
 * changed line. There are no `triggers`: they replace the resource, and a replacement runs the new `create` before the old
 * `delete`. `update` is always set, so that drift can show there.
 */
export function nodeCommand(
    name: string,
    command: NodeCommandArgs,
    opts: pulumi.CustomResourceOptions,
): remote.Command {
    const connection = connectionTo(command.args, command.ssh);
    const line = (...words: string[]): string => runLine({ words, seconds: command.seconds });
    return new remote.Command(
        name,
        {
            connection,
            create: line(command.ensure),
            update: line(command.ensure),
            ...(command.revert !== undefined && { delete: line(command.revert) }),
            stdin: command.script,
            addPreviousOutputInEnv: false,
            logging: remote.Logging.Stdout,
        },
        {
            ...opts,
            ...(engineHasHooks() && { hooks: sshHooks(command, connection) }),
            ...(command.detectDrift === true && {
                transforms: [
                    driftTransform(command, connection, (marker) =>
                        line(command.ensure, "--repair", marker),
                    ),
                ],
            }),
        },
    );
}

/**
 * The host proves its key before a script is sent, and is watched until the script has ended. The SSH client is loaded by
 * the first hook or probe that runs: a preview without drift detection needs none.
 */
function sshHooks(
    { node, beforeFirst }: NodeCommandArgs,
    connection: pulumi.Output<Connection>,
): pulumi.ResourceHookBinding {
    const watch = { end: (): void => undefined };
    const before = async (): Promise<void> => {
        const { checkHandshake } = loadReachable();
        const { watchNode } = loadNodeWatch();
        const to = await valueOf(connection);
        await checkHandshake(node, to);
        watch.end();
        watch.end = watchNode({ node, connection: to, warn: (text) => void pulumi.log.warn(text) });
    };
    const first = async (): Promise<void> => {
        await beforeFirst?.();
        await before();
    };
    const after = (): void => {
        watch.end();
    };
    return {
        beforeCreate: [first],
        beforeUpdate: [before],
        afterCreate: [after],
        afterUpdate: [after],
    };
}

/**
 * Looks at the node before its command is registered, in previews too. In sync or out of reach: whatever `update` the state
 * holds is kept, so there is no diff. Drift: `update` names the cause, which is a diff of exactly this node.
 */
function driftTransform(
    command: NodeCommandArgs,
    connection: pulumi.Output<Connection>,
    repair: (marker: string) => string,
): pulumi.ResourceTransform {
    return async ({ props, opts }) => {
        const marker = await driftOf(command, connection);
        if (marker === undefined) {
            return {
                props,
                opts: pulumi.mergeOptions(opts, { ignoreChanges: ["update"] }),
            };
        }
        return { props: { ...props, update: repair(marker) }, opts };
    };
}

async function driftOf(
    command: NodeCommandArgs,
    connection: pulumi.Output<Connection>,
): Promise<string | undefined> {
    const inputs = await knownValue(pulumi.all([connection, command.script]));
    if (inputs === undefined) {
        return undefined;
    }
    try {
        const { probe } = loadProbe();
        const status = await probe(command.node, inputs[0], inputs[1]);
        return status.inSync ? undefined : repairMarker(status);
    } catch (error) {
        await pulumi.log.warn(
            `${(error as Error).message}; its drift is not known`,
            undefined,
            undefined,
            true,
        );
        return undefined;
    }
}

/** False under the mocks of a user's unit tests, which know no hooks; there is no node to wait for, either. */
function engineHasHooks(): boolean {
    const monitor = pulumi.runtime.getMonitor() as { registerResourceHook?: unknown } | undefined;
    return typeof monitor?.registerResourceHook === "function";
}

/** The value of an output that is known: hooks run only when all inputs are. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<pulumi.Unwrap<T>> {
    return new Promise((resolve) => {
        pulumi.output(output).apply(resolve);
    });
}

/** The value of an output, or undefined when a preview does not know it. */
async function knownValue<T>(output: pulumi.Output<T>): Promise<pulumi.Unwrap<T> | undefined> {
    const inner = pulumi.output(output);
    const { isKnown } = inner as unknown as { isKnown: Promise<boolean> };
    return (await isKnown) ? valueOf(output) : undefined;
}
