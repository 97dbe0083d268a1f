import * as pulumi from "@pulumi/pulumi";
import { remote } from "@pulumi/command";
import { connectionTo, type Connection } from "./connection";
import { repairMarker } from "./nodeStatus";
import type { InventoryNode } from "../nodes/parseNodes";
import { longest, type RunLine, runLine, runLineWithResult } from "./composeScript";
import { tellWhatWasDone } from "./nodeOutput";
import { settled, valueNow } from "../shared/knownNow";
import { untraced } from "../shared/untraced";
import { warn, warnInPassing } from "../shared/log";
import { engineHasHooks } from "../shared/underMocks";
import { loadDelivery, loadNodeWatch, loadProbe } from "./deferredSsh";
import { loaderText, stackTag, wholeText, type NodeScript } from "./nodeScripts";
import { hookBefore, type BeforeCommand } from "./nodeHooks";
import { composedScript, secondsFor } from "./scriptTable";

/** A script that is kept in effect on one node. */
export interface NodeCommandArgs {
    /** The name of the hook that the commands of a component share; no other component of the program has it. */
    hook: string;
    node: InventoryNode;
    /** The script and its settings for this node. */
    script: NodeScript;
    /** The verb that brings the node into the wanted state. */
    ensure: string;
    /** The verb that takes it back; a command without one is only forgotten. */
    revert?: string;
    /** Whether previews and runs look at the node for drift. The script then has a read-only verb `status`. */
    detectDrift?: boolean | undefined;
    /** What has to succeed before the command is created; an update does not wait for it. */
    beforeFirst?: () => Promise<void>;
}

/**
 * One `remote.Command` for one node. On stdin are the settings and the digest of the script, which are no secret, so that a
 * preview shows a changed setting as a changed line and another script as one more. The script itself is put on the node by
 * the hook before. There are no `triggers`: they replace the resource, and a replacement runs the new `create` before the old
 * `delete`. There is an `update` only where drift was found: without one, the provider runs `create` again.
 */
export function nodeCommand(
    name: string,
    command: NodeCommandArgs,
    opts: pulumi.CustomResourceOptions & { parent: pulumi.Resource },
): remote.Command {
    const connection = connectionTo(command.node);
    const line = (verb: string, ...words: string[]): RunLine => ({
        words: [verb, ...words],
        seconds: secondsFor(command.script.name, verb),
    });
    const work = workOf(command, connection);
    const args: remote.CommandArgs = {
        connection,
        create: runLineWithResult(line(command.ensure)),
        ...(command.revert !== undefined && { delete: runLine(line(command.revert)) }),
        stdin: loaderText(command.script),
        addPreviousOutputInEnv: false,
        // The provider would print a node's text as it is, and a line of more than 64 kB would stop it for good.
        logging: remote.Logging.None,
    };
    const options: pulumi.CustomResourceOptions = {
        ...opts,
        // What a node prints is never a text of the CLI: with --diff it shows [secret].
        additionalSecretOutputs: ["stdout", "stderr"],
        ...(engineHasHooks() && {
            hooks: hookBefore(opts.parent, command.hook, name, work.before),
        }),
        ...(command.detectDrift === true && {
            transforms: [
                driftTransform(command, connection, (marker) =>
                    runLineWithResult(line(command.ensure, "--repair", marker)),
                ),
            ],
        }),
    };
    const made = untraced(() => new remote.Command(name, args, options));
    pulumi.unsecret(made.stdout).apply(work.after);
    return made;
}

/**
 * The host proves its key and gets the script before the command, and is watched until the script has ended. The SSH client is
 * loaded by the first hook or probe that runs: a preview without drift detection needs none.
 */
function workOf(
    { node: { name: node }, script, ensure, beforeFirst }: NodeCommandArgs,
    connection: pulumi.Output<Connection>,
): { before: BeforeCommand; after: (stdout: string) => Promise<void> } {
    const stack = stackTag();
    let endWatch: (() => void) | undefined;
    return {
        before: async (isNew) => {
            if (isNew) await beforeFirst?.();
            const { deliverScript } = loadDelivery();
            const { watchNode } = loadNodeWatch();
            const to = await valueOf(connection);
            const deadline = longest(secondsFor(script.name, ensure));
            await deliverScript({
                node,
                connection: to,
                script: composedScript(script.name),
                stack,
            });
            endWatch?.();
            endWatch = watchNode({ node, connection: to, warn, deadline });
        },
        // Also where nothing was to be done; then nobody was watched, and what the state has was told by an earlier run.
        after: async (stdout) => {
            if (endWatch === undefined) return;
            endWatch();
            await tellWhatWasDone(node, stdout);
        },
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
    const inputs = valueNow(await settled(pulumi.all([connection, wholeText(command.script)])));
    if (inputs === undefined) {
        return undefined;
    }
    try {
        const { probe } = loadProbe();
        const seconds = secondsFor(command.script.name, "status");
        const status = await probe(command.node.name, inputs[0], { text: inputs[1], seconds });
        return status.inSync ? undefined : repairMarker(status);
    } catch (error) {
        await warnInPassing(`${(error as Error).message}; its drift is not known`);
        return undefined;
    }
}

/** The value of an output that is known: hooks run only when all inputs are. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<pulumi.Unwrap<T>> {
    return new Promise((resolve) => {
        pulumi.output(output).apply(resolve);
    });
}
