import * as pulumi from "@pulumi/pulumi";
import { canonicalHostKey } from "../nodes/hostKey";
import { sshOf } from "../nodes/login";
import type { BastionArgs, NodeArgs, SshArgs } from "../nodes/nodeArgs";

/** Seconds for one attempt to connect. */
const PER_DIAL_SECONDS = 15;
/** Attempts; failed logins count as attempts too, so few of them keep a node's lock-out rules quiet. */
const DIAL_ERROR_LIMIT = 3;

/** A connection whose fields are all known. */
export interface Connection {
    host: string;
    hostKey: string;
    user: string;
    port: number;
    privateKey?: string;
    privateKeyPassword?: string;
    agentSocketPath?: string;
    proxy?: Connection;
    dialErrorLimit: number;
    perDialTimeout: number;
}

/**
 * The connection to a node, built from named fields only: the engine prints the private key in its error when it finds a
 * field it does not know. Always secret as a whole.
 */
export function connectionTo(node: NodeArgs, ssh: SshArgs | undefined): pulumi.Output<Connection> {
    const login = sshOf(node, ssh);
    return pulumi.secret(
        pulumi
            .all([
                pulumi.output(endpoint(node.host, node.hostKey, login)),
                pulumi.output(login.bastion && bastionEndpoint(login.bastion, login)),
            ])
            .apply(([target, proxy]) => ({
                ...complete(target),
                ...(proxy && { proxy: complete(proxy) }),
            })),
    );
}

interface Endpoint {
    host: pulumi.Input<string>;
    hostKey: pulumi.Input<string>;
    user: pulumi.Input<string> | undefined;
    port: pulumi.Input<number> | undefined;
    privateKey: pulumi.Input<string> | undefined;
    privateKeyPassphrase: pulumi.Input<string> | undefined;
    agentSocketPath: pulumi.Input<string> | undefined;
}

function endpoint(
    host: pulumi.Input<string>,
    hostKey: pulumi.Input<string>,
    login: SshArgs | BastionArgs,
): Endpoint {
    return {
        host,
        hostKey,
        user: login.user,
        port: login.port,
        privateKey: login.privateKey,
        privateKeyPassphrase: login.privateKeyPassphrase,
        agentSocketPath: login.agentSocketPath,
    };
}

/** A bastion logs in as the node does, unless it has a login of its own. Ports are never inherited. */
function bastionEndpoint(bastion: BastionArgs, login: SshArgs): Endpoint {
    const ownKey = bastion.privateKey !== undefined;
    return endpoint(bastion.host, bastion.hostKey, {
        user: bastion.user ?? login.user,
        port: bastion.port,
        privateKey: bastion.privateKey ?? login.privateKey,
        privateKeyPassphrase: ownKey ? bastion.privateKeyPassphrase : login.privateKeyPassphrase,
        agentSocketPath: bastion.agentSocketPath ?? login.agentSocketPath,
    });
}

function complete(known: pulumi.Unwrap<Endpoint>): Connection {
    return {
        host: known.host,
        hostKey: canonicalHostKey(known.hostKey),
        user: known.user ?? "root",
        port: known.port ?? 22,
        ...(known.privateKey !== undefined && { privateKey: known.privateKey }),
        ...(known.privateKeyPassphrase !== undefined && {
            privateKeyPassword: known.privateKeyPassphrase,
        }),
        ...(known.agentSocketPath !== undefined && { agentSocketPath: known.agentSocketPath }),
        dialErrorLimit: DIAL_ERROR_LIMIT,
        perDialTimeout: PER_DIAL_SECONDS,
    };
}
