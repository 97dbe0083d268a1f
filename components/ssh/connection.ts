import * as pulumi from "@pulumi/pulumi";
import { canonicalHostKey } from "../nodes/hostKey";
import { bastionLogin } from "../nodes/login";
import type { SshArgs } from "../nodes/nodeArgs";
import type { InventoryNode } from "../nodes/parseNodes";

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
export function connectionTo({ host, hostKey, login }: InventoryNode): pulumi.Output<Connection> {
    const bastion = login.bastion && bastionLogin(login.bastion, login);
    return pulumi.secret(
        pulumi
            .all([
                host,
                hostKey,
                pulumi.output(named(login)),
                pulumi.output(
                    bastion && { ...named(bastion), host: bastion.host, hostKey: bastion.hostKey },
                ),
            ])
            .apply(([to, key, own, proxy]) => ({
                ...complete(to, key, own),
                ...(proxy && {
                    proxy: complete(proxy.host, canonicalHostKey(proxy.hostKey), proxy),
                }),
            })),
    );
}

/** How to log in to a node or a bastion. */
type Login = Omit<SshArgs, "bastion">;

/** The fields of a login, and nothing else that an object may have. */
function named({ user, port, privateKey, privateKeyPassphrase, agentSocketPath }: Login) {
    return { user, port, privateKey, privateKeyPassphrase, agentSocketPath };
}

function complete(host: string, hostKey: string, login: pulumi.Unwrap<Login>): Connection {
    return {
        host,
        hostKey,
        user: login.user ?? "root",
        port: login.port ?? 22,
        ...(login.privateKey !== undefined && { privateKey: login.privateKey }),
        ...(login.privateKeyPassphrase !== undefined && {
            privateKeyPassword: login.privateKeyPassphrase,
        }),
        ...(login.agentSocketPath !== undefined && { agentSocketPath: login.agentSocketPath }),
        dialErrorLimit: DIAL_ERROR_LIMIT,
        perDialTimeout: PER_DIAL_SECONDS,
    };
}
