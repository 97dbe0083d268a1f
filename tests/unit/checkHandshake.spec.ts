import assert from "node:assert/strict";
import { once } from "node:events";
import type { Connection } from "../../components/ssh/connection";
import { fingerprint, parseHostKey } from "../../components/nodes/hostKey";
import { checkHandshake } from "../../components/ssh/checkHandshake";
import { HOST_KEYS } from "./support/fixtures";
import {
    connectionTo,
    keyPair,
    sshServer,
    tcpServer,
    type KeyPair,
    type ServerOptions,
    type TestServer,
} from "./support/sshServer";

const KEY = keyPair();
const OTHER = keyPair();

const opened: Pick<TestServer, "close">[] = [];

async function server(options: ServerOptions = {}): Promise<TestServer> {
    const made = await sshServer({ clientKey: KEY, ...options });
    opened.push(made);
    return made;
}

function fingerprintOf(key: KeyPair): string {
    return fingerprint(parseHostKey(key.public)?.blob ?? Buffer.alloc(0));
}

/** What a handshake fails with. It must name the node, and never the connection, which is a secret. */
async function failure(connection: Connection, seconds = 5): Promise<string> {
    try {
        await checkHandshake("w1", connection, seconds);
    } catch (error) {
        assert.ok(error instanceof Error);
        assert.match(error.message, /^(bastion of )?node w1: /);
        const hops = [connection, ...(connection.proxy === undefined ? [] : [connection.proxy])];
        for (const { host, user, port, privateKey, privateKeyPassword } of hops) {
            for (const hidden of [host, user, String(port), privateKey, privateKeyPassword]) {
                assert.ok(hidden === undefined || !error.message.includes(hidden), error.message);
            }
        }
        return error.message;
    }
    return "no failure";
}

describe("checkHandshake", () => {
    afterEach(async () => {
        await Promise.all(opened.splice(0).map(({ close }) => close()));
    });

    it("passes when the host proves that it has the pinned key, without logging in", async () => {
        const node = await server();
        await checkHandshake("w1", connectionTo(node, node.hostKey.public), 5);
        assert.deepEqual(node.logins, []);
    });

    it("lets no node compress what it says: little would become more than there is room for", async () => {
        const node = await server({ compress: ["zlib@openssh.com", "zlib"] });
        assert.match(
            await failure(connectionTo(node, node.hostKey.public)),
            /the SSH handshake failed/,
        );
    });

    it("refuses another key and shows both fingerprints, as ssh-keygen prints them", async () => {
        const node = await server({ hostKey: OTHER });
        const message = await failure(connectionTo(node, KEY.public));
        assert.ok(message.includes(fingerprintOf(OTHER)), message);
        assert.ok(message.includes(`expected ${fingerprintOf(KEY)}`), message);
        assert.match(message, /next: compare on the node's console/);
    });

    it("refuses a server that has no key of the pinned kind", async () => {
        const node = await server();
        const message = await failure(connectionTo(node, HOST_KEYS.p256));
        assert.match(message, /handshake failed|SSH failed/);
    });

    it("ends in time when a host accepts and never answers, and says so", async () => {
        const silent = await tcpServer(() => undefined);
        opened.push(silent);
        const message = await failure(connectionTo(silent, KEY.public), 0.3);
        assert.match(message, /no SSH handshake within 0\.3 s/);
    });

    it("ends in time when a host stops in the middle of the handshake", async () => {
        const half = await tcpServer((socket) => socket.write("SSH-2.0-OpenSSH_9.9\r\n"));
        opened.push(half);
        assert.match(await failure(connectionTo(half, KEY.public), 0.3), /within 0\.3 s/);
    });

    it("says that a port refuses connections", async () => {
        const gone = await tcpServer(() => undefined);
        await gone.close();
        assert.match(await failure(connectionTo(gone, KEY.public)), /refuses connections/);
    });

    it("says that a connection was closed or that the server is none", async () => {
        const rude = await tcpServer((socket) => socket.end());
        const web = await tcpServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
        opened.push(rude, web);
        assert.match(await failure(connectionTo(rude, KEY.public)), /closed|reset|handshake/);
        assert.match(await failure(connectionTo(web, KEY.public)), /closed|handshake|reset|SSH/);
    });

    for (const host of ["no-such-host.invalid", "fd00:dead::1", "fe80::1"]) {
        it(`does not show the host either when ${host} is out of reach`, async () => {
            const nowhere = connectionTo({ port: 40022 }, KEY.public, { host });
            assert.notEqual(await failure(nowhere, 0.3), "no failure");
        });
    }

    it("leaves no connection open", async () => {
        const closed: Promise<unknown>[] = [];
        const silent = await tcpServer((socket) => {
            closed.push(once(socket.resume(), "close"));
        });
        opened.push(silent);
        await failure(connectionTo(silent, KEY.public), 0.2);
        assert.equal(closed.length, 1);
        await Promise.all(closed);
    });
});

describe("checkHandshake through a bastion", () => {
    const login = { privateKey: KEY.private };

    afterEach(async () => {
        await Promise.all(opened.splice(0).map(({ close }) => close()));
    });

    /** The connection to a node through a bastion, whose host keys are the right ones unless given. */
    function through(
        bastion: TestServer,
        node: Pick<TestServer, "port"> & { hostKey?: KeyPair },
        more: Partial<Connection> = {},
        key = node.hostKey?.public ?? KEY.public,
    ): Connection {
        const proxy = connectionTo(bastion, bastion.hostKey.public, {
            ...login,
            user: "jump-user-marker",
            ...more,
        });
        return connectionTo(node, key, { ...login, proxy });
    }

    it("logs in to the bastion and checks the key of the node behind it", async () => {
        const [bastion, node] = [await server({ forwards: true }), await server()];
        await checkHandshake("w1", through(bastion, node), 5);
        assert.deepEqual(bastion.logins, ["jump-user-marker"]);
        assert.deepEqual(bastion.forwarded, [node.port]);
        assert.deepEqual(node.logins, []);
    });

    it("refuses a node behind it that has another key", async () => {
        const [bastion, node] = [await server({ forwards: true }), await server()];
        const message = await failure(through(bastion, node, {}, OTHER.public));
        assert.match(message, /^node w1: the host key is /);
        assert.ok(message.includes(fingerprintOf(node.hostKey)));
    });

    it("refuses a bastion that has another key, before it logs in there", async () => {
        const [bastion, node] = [await server({ forwards: true }), await server()];
        const message = await failure(through(bastion, node, { hostKey: HOST_KEYS.cp1 }));
        assert.match(message, /^bastion of node w1: the host key is /);
        assert.deepEqual(bastion.logins, []);
    });

    it("says that the bastion refuses the login", async () => {
        const [bastion, node] = [await server({ forwards: true }), await server()];
        const message = await failure(through(bastion, node, { privateKey: OTHER.private }));
        assert.match(message, /^bastion of node w1: .*(login|authentication)/);
    });

    it("says that the bastion lets nobody through, and that the node refuses", async () => {
        const [strict, open] = [await server(), await server({ forwards: true })];
        const gone = await tcpServer(() => undefined);
        await gone.close();
        assert.match(await failure(through(strict, gone)), /^node w1: the bastion cannot reach it/);
        assert.match(await failure(through(open, gone)), /^node w1: the bastion cannot reach it/);
    });

    it("ends in time when the node behind it never answers", async () => {
        const bastion = await server({ forwards: true });
        const silent = await tcpServer(() => undefined);
        opened.push(silent);
        assert.match(await failure(through(bastion, silent), 0.5), /^node w1: .*within 0.5 s/);
    });

    it("says that a private key is of no use, without showing it", async () => {
        const [bastion, node] = [await server({ forwards: true }), await server()];
        const locked = keyPair("right");
        for (const more of [
            { privateKey: "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n" },
            { privateKey: locked.private },
            { privateKey: locked.private, privateKeyPassword: "wrong-passphrase" },
        ]) {
            assert.match(await failure(through(bastion, node, more)), /^bastion of node w1: /);
        }
    });
});
