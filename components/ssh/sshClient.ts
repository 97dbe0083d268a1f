import { Client, type ConnectConfig } from "ssh2";
import type { Duplex } from "node:stream";
import type { Connection } from "./connection";
import { quoteForeign } from "../shared/foreignText";
import { fingerprint, parseHostKey, type HostKey } from "../nodes/hostKey";
import { readableKey } from "./privateKey";

/** How far a connection goes: until the host has proven its key, or until the login is done. */
export type Milestone = "handshake" | "ready";

/** Errors of this module name the node and never the connection, which is a secret. */
export interface Dial {
    who: string;
    to: Connection;
    seconds: number;
    milestone: Milestone;
    /** A channel through a bastion, instead of a connection of its own. */
    sock?: Duplex | undefined;
}

/** Connects within the time limit, or fails with an error that names the node and what to do. */
export async function dial({ who, to, seconds, milestone, sock }: Dial): Promise<Client> {
    const client = new Client();
    const expected = parseHostKey(to.hostKey);
    const found: { key?: Buffer } = {};
    const login = milestone === "ready" ? credentials(to) : {};
    try {
        // What is wrong with the host is told before what is wrong with the key.
        const until = login === undefined ? "handshake" : milestone;
        await settled(client, seconds, until, {
            host: to.host,
            port: to.port,
            username: to.user,
            readyTimeout: 0,
            ...(sock && { sock }),
            algorithms: {
                // A node that compresses makes 30 MB of the 35 kB that one packet may have.
                compress: ["none"],
                ...(expected && { serverHostKey: [algorithmOf(expected)] }),
            },
            ...login,
            hostVerifier: (key: Buffer) => {
                found.key = key;
                return expected?.blob.equals(key) ?? false;
            },
        });
        if (login === undefined) {
            throw new Error(
                "the private key cannot be read; expected OpenSSH or PEM, and a passphrase that opens it; next: ssh-keygen -y -f KEY_FILE",
            );
        }
        return client;
    } catch (error) {
        client.destroy();
        const cause = mismatch(expected, found.key) ?? (error as Error).message;
        throw new Error(`${who}: ${cause}`);
    }
}

function algorithmOf(key: HostKey): "ssh-ed25519" {
    return key.algorithm as "ssh-ed25519";
}

/** What logs in; undefined when the key cannot be read. */
function credentials(to: Connection): ConnectConfig | undefined {
    const agent = to.agentSocketPath ?? process.env["SSH_AUTH_SOCK"];
    const passphrase = to.privateKeyPassword;
    const privateKey = to.privateKey && readableKey(to.privateKey, passphrase);
    if (to.privateKey && privateKey === undefined) {
        return undefined;
    }
    return {
        ...(privateKey && { privateKey }),
        ...(passphrase !== undefined && { passphrase }),
        ...(agent !== undefined && { agent }),
    };
}

function settled(
    client: Client,
    seconds: number,
    milestone: Milestone,
    config: ConnectConfig,
): Promise<void> {
    return new Promise((resolve, reject) => {
        let shaken = false;
        const timer = setTimeout(() => {
            reject(
                new Error(
                    `no SSH ${shaken ? "login" : "handshake"} within ${seconds} s; expected an SSH server that answers; next: log in by hand with the same user and key, and look at the node's console`,
                ),
            );
        }, seconds * 1000);
        const done = (): void => {
            clearTimeout(timer);
            resolve();
        };
        client.on("error", (error) => {
            clearTimeout(timer);
            reject(new Error(reason(error)));
        });
        client.on("close", () => {
            clearTimeout(timer);
            reject(
                new Error(
                    "the connection was closed before SSH was ready; next: look at sshd's log on the node",
                ),
            );
        });
        client.on("handshake", () => {
            shaken = true;
            if (milestone === "handshake") done();
        });
        client.on("ready", done);
        try {
            client.connect(config);
            // Short questions and answers: each would wait 40 ms for the acknowledgement of the one before.
            client.setNoDelay();
        } catch (error) {
            // A private key that cannot be read.
            clearTimeout(timer);
            reject(
                new Error(
                    `the private key or the agent is of no use: ${quoteForeign(String(error))}; expected a key that OpenSSH reads, with its passphrase; next: ssh-keygen -y -f KEY_FILE`,
                ),
            );
        }
    });
}

function mismatch(expected: HostKey | undefined, found: Buffer | undefined): string | undefined {
    if (found === undefined || (expected?.blob.equals(found) ?? false)) {
        return undefined;
    }
    const wanted = expected === undefined ? "none" : fingerprint(expected.blob);
    return `the host key is ${fingerprint(found)}, expected ${wanted}; this is another host, or somebody is in between; next: compare on the node's console with: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`;
}

const CAUSES: Record<string, string> = {
    ECONNREFUSED: "the SSH port refuses connections",
    ENOTFOUND: "the host's name does not resolve",
    EAI_AGAIN: "the host's name does not resolve",
    EHOSTUNREACH: "there is no route to the host",
    ENETUNREACH: "there is no route to the host",
    ETIMEDOUT: "the host does not answer",
    ECONNRESET: "the connection was reset before SSH was ready",
};

/** What went wrong, without the address. */
function reason(error: Error & { code?: string; level?: string }): string {
    const known = error.code === undefined ? undefined : CAUSES[error.code];
    if (known !== undefined) {
        return `${known}; expected an SSH server that answers; next: log in by hand with the same user and key`;
    }
    return error.level === "client-authentication"
        ? "the login was refused; expected the user and key to be accepted; next: log in by hand with the same user and key"
        : "the SSH handshake failed; expected a server with the pinned host key; next: log in by hand with ssh -v";
}

/** A channel from a bastion to a node. */
export function forward(
    bastion: Client,
    who: string,
    to: Connection,
    seconds: number,
): Promise<Duplex> {
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
            reject(new Error(`${who}: the bastion could not reach it within ${seconds} s`));
        }, seconds * 1000);
        bastion.forwardOut("127.0.0.1", 0, to.host, to.port, (error, channel) => {
            clearTimeout(timer);
            if (error) {
                reject(
                    new Error(`${who}: the bastion cannot reach it; next: try it from the bastion`),
                );
            } else {
                resolve(channel);
            }
        });
    });
}

/** Connects to a node, through its bastion where it has one, uses the connection, and closes everything. */
export async function withNode<T>(
    node: string,
    to: Connection,
    milestone: Milestone,
    seconds: number,
    use: (client: Client) => T | Promise<T>,
): Promise<T> {
    const who = `node ${node}`;
    const bastion =
        to.proxy &&
        (await dial({ who: `bastion of ${who}`, to: to.proxy, seconds, milestone: "ready" }));
    try {
        const sock = bastion && (await forward(bastion, who, to, seconds));
        const client = await dial({ who, to, seconds, milestone, sock });
        try {
            return await use(client);
        } finally {
            client.destroy();
        }
    } finally {
        bastion?.destroy();
    }
}
