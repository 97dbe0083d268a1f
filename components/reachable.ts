import { Client, type ConnectConfig } from "ssh2";
import type { Duplex } from "node:stream";
import type { Connection } from "./connection";
import { fingerprint, parseHostKey } from "./hostKey";

/** Seconds that a host has to complete the SSH handshake. */
export const HANDSHAKE_SECONDS = 20;

/**
 * Completes an SSH handshake with a node and leaves again, without logging in to it. A host that accepts connections and
 * never answers would otherwise block `remote.Command`, and with it `pulumi up`, without end. Errors name the node and
 * never the connection, which is a secret.
 */
export async function checkHandshake(
    node: string,
    connection: Connection,
    seconds = HANDSHAKE_SECONDS,
): Promise<void> {
    if (connection.proxy === undefined) {
        await handshake(`node ${node}`, connection, seconds);
        return;
    }
    const bastion = await login(`bastion of node ${node}`, connection.proxy, seconds);
    try {
        await handshake(
            `node ${node}`,
            connection,
            seconds,
            await forward(bastion, node, connection, seconds),
        );
    } finally {
        bastion.destroy();
    }
}

/** Resolves once the host has proven that it owns the pinned key. */
async function handshake(
    who: string,
    to: Connection,
    seconds: number,
    sock?: Duplex,
): Promise<void> {
    const client = new Client();
    try {
        await connect(client, "handshake", who, to, seconds, { ...(sock && { sock }) });
    } finally {
        client.destroy();
        sock?.destroy();
    }
}

/** Logs in, for a host that others are reached through. */
async function login(who: string, to: Connection, seconds: number): Promise<Client> {
    const client = new Client();
    const agent = to.agentSocketPath ?? process.env["SSH_AUTH_SOCK"];
    await connect(client, "ready", who, to, seconds, {
        ...(to.privateKey !== undefined && { privateKey: to.privateKey }),
        ...(to.privateKeyPassword !== undefined && { passphrase: to.privateKeyPassword }),
        ...(agent !== undefined && { agent }),
    });
    return client;
}

function connect(
    client: Client,
    event: "handshake" | "ready",
    who: string,
    to: Connection,
    seconds: number,
    credentials: ConnectConfig,
): Promise<void> {
    return new Promise((resolve, reject) => {
        let mismatch: string | undefined;
        const expected = parseHostKey(to.hostKey);
        const fail = (cause: string): void => {
            clearTimeout(timer);
            client.destroy();
            reject(new Error(`${who}: ${mismatch ?? cause}`));
        };
        const timer = setTimeout(() => {
            fail(
                `no SSH handshake within ${seconds} s; expected an SSH server that answers; next: log in by hand with the same user and key, and look at the node's console`,
            );
        }, seconds * 1000);
        client.on("error", (error) => {
            fail(
                `${reason(error)}; expected an SSH server that answers; next: log in by hand with the same user and key`,
            );
        });
        client.on("close", () => {
            fail(
                "the connection was closed before the SSH handshake was complete; next: look at sshd's log on the node",
            );
        });
        const done = (): void => {
            clearTimeout(timer);
            resolve();
        };
        if (event === "ready") {
            client.on("ready", done);
        } else {
            client.on("handshake", done);
        }
        client.connect({
            host: to.host,
            port: to.port,
            username: to.user,
            readyTimeout: 0,
            ...(expected && {
                algorithms: { serverHostKey: [expected.algorithm as "ssh-ed25519"] },
            }),
            hostVerifier: (key: Buffer) => {
                if (expected !== undefined && key.equals(expected.blob)) {
                    return true;
                }
                mismatch = `the host key is ${fingerprint(key)}, expected ${expected ? fingerprint(expected.blob) : "none"}; this is another host or somebody is in between; next: compare on the node's console with: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`;
                return false;
            },
            ...credentials,
        });
    });
}

/** What went wrong, without the address: connections are secret. */
function reason(error: Error): string {
    const code = (error as NodeJS.ErrnoException).code;
    const known: Record<string, string> = {
        ECONNREFUSED: "the SSH port refuses connections",
        ENOTFOUND: "the host's name does not resolve",
        EAI_AGAIN: "the host's name does not resolve",
        EHOSTUNREACH: "there is no route to the host",
        ENETUNREACH: "there is no route to the host",
        ETIMEDOUT: "the host does not answer",
        ECONNRESET: "the connection was reset before the SSH handshake was complete",
    };
    return (
        (code !== undefined ? known[code] : undefined) ??
        `SSH failed (${error.message.replace(/\d+(\.\d+){3}(:\d+)?/g, "…")})`
    );
}

function forward(bastion: Client, node: string, to: Connection, seconds: number): Promise<Duplex> {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
            bastion.destroy();
            reject(new Error(`node ${node}: the bastion could not reach it within ${seconds} s`));
        }, seconds * 1000);
        bastion.forwardOut("127.0.0.1", 0, to.host, to.port, (error, channel) => {
            clearTimeout(timer);
            if (error) {
                bastion.destroy();
                reject(new Error(`node ${node}: the bastion cannot reach it (${error.message})`));
            } else {
                resolve(channel);
            }
        });
    });
}
