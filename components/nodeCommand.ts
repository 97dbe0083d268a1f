import * as pulumi from "@pulumi/pulumi";
import { remote } from "@pulumi/command";
import { connectionTo, userOf } from "./connection";
import type { NodeArgs, SshArgs } from "./nodeArgs";
import { checkHandshake } from "./reachable";
import { runLine } from "./remoteScript";

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
    const user = userOf(command.args, command.ssh);
    const line = (verb: string): pulumi.Output<string> =>
        user.apply((login) => runLine({ user: login, words: [verb], seconds: command.seconds }));
    const handshake = async (): Promise<void> => {
        await checkHandshake(command.node, await valueOf(connection));
    };
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
        { ...opts, hooks: { beforeCreate: [handshake], beforeUpdate: [handshake] } },
    );
}

/** The value of an output that is known: hooks run only when all inputs are. */
function valueOf<T>(output: pulumi.Output<T>): Promise<pulumi.Unwrap<T>> {
    return new Promise((resolve) => {
        pulumi.output(output).apply(resolve);
    });
}
