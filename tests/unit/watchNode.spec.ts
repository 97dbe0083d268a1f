import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { EventEmitter, once } from "node:events";
import { connect, type Socket } from "node:net";
import { watchNode } from "../../components/ssh/watchNode";
import { checkHandshake } from "../../components/ssh/checkHandshake";
import { BUDGETS, found, notYet, until } from "../cluster/harness/budgets";
import { connectionTo, keyPair, sshServer, tcpServer, type TestServer } from "./support/sshServer";

const KEY = keyPair();
/** A deadline that none of these tests sees. */
const deadline = 3600;

describe("watchNode", () => {
    const opened: Pick<TestServer, "close">[] = [];

    afterEach(async () => {
        await Promise.all(opened.splice(0).map(({ close }) => close()));
    });

    it("warns with the node and the way out when sshd accepts connections and does not answer", async () => {
        const silent = await tcpServer(() => undefined);
        opened.push(silent);
        const text = await new Promise<string>((warn) => {
            const connection = connectionTo(silent, KEY.public);
            watchNode({ node: "w1", connection, warn, deadline, seconds: 0.1 });
        });
        assert.match(text, /^node w1: no SSH handshake within 0\.1 s while its script runs/);
        assert.match(text, /Ctrl-C.*pulumi cancel/);
        assert.doesNotMatch(text, /127\.0\.0\.1|PRIVATE KEY/);
    });

    it("looks again and again, and says nothing about a node that answers", async () => {
        const node = await sshServer({ clientKey: KEY });
        opened.push(node);
        const seen: string[] = [];
        const connection = connectionTo(node, node.hostKey.public);
        const warn = (text: string): number => seen.push(text);
        const end = watchNode({ node: "w1", connection, warn, deadline, seconds: 1 });
        await until("three looks", BUDGETS.process, () =>
            node.connections() >= 3 ? found(true) : notYet(`${node.connections()} looks`),
        );
        end();
        assert.deepEqual([seen, node.logins], [[], []]);
    });

    it("says nothing of a look that was under way when the script ended", async () => {
        const sockets: Socket[] = [];
        const looked = new EventEmitter();
        const silent = await tcpServer((socket) => {
            sockets.push(socket);
            looked.emit("look");
        });
        opened.push(silent);
        const seen: string[] = [];
        const connection = connectionTo(silent, KEY.public);
        const warn = (text: string): number => seen.push(text);
        const first = once(looked, "look");
        const end = watchNode({ node: "w1", connection, warn, deadline, seconds: 0.2 });
        await first;
        const second = once(looked, "look");
        sockets[0]?.destroy();
        await second;
        end();
        end();
        sockets[1]?.destroy();
        // Another look, which begins and fails later than the one that was under way.
        const later = once(looked, "look");
        const failed = assert.rejects(checkHandshake("w1", connection, 10));
        await later;
        sockets[2]?.destroy();
        await failed;
        assert.deepEqual([seen, sockets.length], [[], 3]);
    });

    it("says nothing of an sshd that drops a connection and answers the next one", async () => {
        const node = await sshServer({ clientKey: KEY });
        let taken = 0;
        const door = await tcpServer((socket) => {
            taken += 1;
            if (taken % 2 === 1) {
                socket.destroy();
                return;
            }
            const inner = connect(node.port, "127.0.0.1");
            inner.on("error", () => socket.destroy());
            socket.on("error", () => inner.destroy());
            socket.pipe(inner).pipe(socket);
        });
        opened.push(node, door);
        const seen: string[] = [];
        const connection = connectionTo(door, node.hostKey.public);
        const warn = (text: string): number => seen.push(text);
        const end = watchNode({ node: "w1", connection, warn, deadline, seconds: 0.5 });
        await until("six looks", BUDGETS.process, () =>
            taken >= 6 ? found(true) : notYet(`${taken} looks`),
        );
        end();
        assert.deepEqual(seen, []);
    });

    it("warns once of a node that takes and drops connections", async () => {
        const node = await tcpServer((socket) => socket.destroy());
        opened.push(node);
        const seen: string[] = [];
        const connection = connectionTo(node, KEY.public);
        await new Promise<void>((resolve) => {
            const warn = (text: string): void => {
                seen.push(text);
                resolve();
            };
            watchNode({ node: "w1", connection, warn, deadline, seconds: 0.02 });
        });
        // A second watch of the same node warns as late as a second warning of the first one would come.
        await new Promise((warn) => {
            watchNode({ node: "w1", connection, warn, deadline, seconds: 0.1 });
        });
        assert.equal(seen.length, 1, seen.join("\n"));
        assert.match(seen[0] ?? "", /^node w1: the .* while its script runs/);
    });

    it("names a node whose sshd is well and whose script never ends, and the way out", async () => {
        const node = await sshServer({ clientKey: KEY });
        opened.push(node);
        const connection = connectionTo(node, node.hostKey.public);
        const text = await new Promise<string>((warn) => {
            watchNode({ node: "w1", connection, warn, deadline: 0.2, seconds: 0.1 });
        });
        assert.match(text, /^node w1: SSH answers, but its script has not ended after 0\.2 s/);
        assert.match(text, /Ctrl-C.*pulumi cancel/);
    });

    it("says nothing of the deadline of a script that has ended", async () => {
        const node = await sshServer({ clientKey: KEY });
        opened.push(node);
        const connection = connectionTo(node, node.hostKey.public);
        const seen: string[] = [];
        const warn = (text: string): number => seen.push(text);
        watchNode({ node: "w1", connection, warn, deadline: 0.02 })();
        await new Promise<void>((later) => {
            const done = (): void => {
                later();
            };
            watchNode({ node: "w2", connection, warn: done, deadline: 0.1 });
        });
        assert.deepEqual(seen, []);
    });

    it("keeps no program from ending", async () => {
        const program = `
            const { watchNode } = require("./components/ssh/watchNode");
            watchNode({ node: "w1", connection: {}, warn: () => {}, deadline: 3600, seconds: 3600 });`;
        const child = spawn(process.execPath, ["--import", "tsx", "-e", program]);
        assert.deepEqual(await once(child, "exit"), [0, null]);
    });
});
