import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { ServerChannel } from "ssh2";
import { deliverScript, receiverLine } from "../../components/ssh/deliverScript";
import { composedScript } from "../../components/ssh/scriptTable";
import { connectionTo, keyPair, sshServer, tcpServer, type TestServer } from "./support/sshServer";

const KEY = keyPair();
const KUBELET = composedScript("kubelet");
const STACK = "0a1b2c3d";
const SAY = (word: string): string => `secure-metrics-server: ${word}\n`;

type Behaviour = (channel: ServerChannel, command: string) => void;

/** What a delivery to a node that does this fails with; it names the node and what it wanted there. */
async function failure(behave: Behaviour, uploadSeconds = 5): Promise<string> {
    let message = "no failure";
    await onNode(behave, async (node) => {
        const error: unknown = await deliver(node, uploadSeconds).then(
            () => undefined,
            (reason: unknown) => reason,
        );
        assert.ok(error instanceof Error);
        message = error.message;
    });
    assert.match(message, /^node w1: .*; expected it to take kubelet-[0-9a-f]{64}; next: /);
    assert.match(message, /^[ -~]*$/, "printable, in one line");
    assert.ok(message.length < 900, `${message.length} characters`);
    assert.doesNotMatch(message, /127\.0\.0\.1|user-marker/);
    return message;
}

async function onNode(behave: Behaviour, body: (node: TestServer) => Promise<void>): Promise<void> {
    const execute = (channel: ServerChannel, command: string): boolean => {
        channel.on("error", () => undefined);
        behave(channel, command);
        return true;
    };
    const node = await sshServer({ clientKey: KEY, execute });
    try {
        await body(node);
    } finally {
        await node.close();
    }
}

function deliver(node: TestServer, uploadSeconds = 5): Promise<void> {
    const connection = connectionTo(node, node.hostKey.public, { privateKey: KEY.private });
    return deliverScript({ node: "w1", connection, script: KUBELET, stack: STACK, uploadSeconds });
}

function ends(channel: ServerChannel, code: number, text: string): void {
    channel.write(text);
    channel.exit(code);
    channel.end();
}

/** Runs the line of the receiver as a login shell does, on a folder instead of a node's file system. */
function real(root: string): Behaviour {
    return (channel, command) => {
        const sudo = `sudo() { [ "$1" = -n ] && shift; "$@"; }\n${command}`;
        const child = spawn("sh", ["-c", sudo], {
            env: { PATH: process.env["PATH"], ROOT: root },
        });
        child.stdin.on("error", () => undefined);
        channel.pipe(child.stdin);
        child.stdout.pipe(channel, { end: false });
        child.stderr.pipe(channel.stderr, { end: false });
        child.on("close", (code) => {
            channel.exit(code ?? 255);
            channel.end();
        });
    };
}

describe("the delivery of a script", () => {
    it("puts it on a node with the real receiver, once", async () => {
        const root = mkdtempSync(join(tmpdir(), "deliver-"));
        mkdirSync(join(root, "var/lib"), { recursive: true });
        try {
            await onNode(real(root), async (node) => {
                await deliver(node);
                const folder = join(root, "var/lib/secure-metrics-server/scripts");
                assert.deepEqual(readdirSync(folder), [KUBELET.file]);
                assert.equal(readFileSync(join(folder, KUBELET.file), "utf8"), KUBELET.text);
                await Promise.all([deliver(node), deliver(node)]);
                assert.deepEqual(readdirSync(folder), [KUBELET.file]);
                assert.equal(node.logins.length, 3);
            });
        } finally {
            rmSync(root, { recursive: true });
        }
    });

    it("sends nothing to a node that has it", async () => {
        let bytes = 0;
        await onNode(
            (channel) => {
                channel.on("data", (part: Buffer) => (bytes += part.length));
                ends(channel, 0, SAY("have"));
            },
            (node) => deliver(node),
        );
        assert.equal(bytes, 0);
    });

    it("asks as root, in bounded time, and says all in the command line but the script", () => {
        const line = receiverLine(KUBELET, STACK);
        assert.match(line, /^\$\(\[ \$\(id -u\) = 0 \]\|\|echo sudo -n\) timeout 60 sh -c '/);
        assert.ok(line.endsWith(`' receive state ${KUBELET.file} ${KUBELET.bytes} ${STACK}`));
        assert.ok(line.length < 5000, `${line.length} characters`);
    });

    it("goes on behind what a login shell prints", async () => {
        await onNode(
            (channel) => {
                channel.write("Welcome!\r\n");
                ends(channel, 0, SAY("have"));
            },
            (node) => deliver(node),
        );
    });

    it("fails with what the receiver found", async () => {
        const message = await failure((channel) => {
            ends(channel, 73, SAY("error: cannot write to /var/lib; next: df /var/lib"));
        });
        assert.match(message, /ended with code 73 and said "cannot write to \/var\/lib; next: df/);
    });

    it("fails when sudo wants a password", async () => {
        const message = await failure((channel) => {
            channel.stderr.write("sudo: a password is required\n");
            ends(channel, 1, "");
        });
        assert.match(message, /said "sudo: a password is required"; .*sudo -n true/);
    });

    it("believes no word that came before it sent anything", async () => {
        assert.match(
            await failure((channel) => {
                ends(channel, 0, SAY("stored"));
            }),
            /ended with code 0/,
        );
    });

    it("fails when the upload is refused after it came", async () => {
        const message = await failure((channel) => {
            channel.on("data", () => undefined);
            channel.on("end", () => {
                ends(channel, 75, SAY("error: 17 bytes came"));
            });
            channel.write(SAY("send"));
        });
        assert.match(message, /code 75 and said "17 bytes came"/);
    });

    it("quotes and cuts what a hostile node says", async () => {
        const message = await failure((channel) => {
            ends(channel, 1, `<{%fg 1%}>\u001b[2J"\u0000${"x".repeat(5000)}\n; next: rm -rf /\n`);
        });
        assert.ok(!message.includes("<{%"));
        assert.match(message, /said "\\u003c\{%fg 1%\}\\u003e\\u001b\[2J\\"\\u0000xxx/);
        assert.ok(!message.includes("rm -rf"));
    });

    it("keeps little of an answer that has no end", async () => {
        const message = await failure((channel) => {
            const more = (): void => {
                while (channel.write("y".repeat(4096)));
                channel.once("drain", more);
            };
            more();
        });
        assert.match(message, /more than 16384 characters came instead of an answer and said "yyy/);
    });

    it("waits for no node for ever", async () => {
        for (const behave of [
            () => undefined,
            (channel: ServerChannel) => {
                channel.write(SAY("send"));
            },
        ]) {
            assert.match(
                await failure(behave, 0.3),
                /no answer from the receiver .* within 0\.3 s/,
            );
        }
    });

    it("fails when the connection is cut", async () => {
        let cut: () => unknown = () => undefined;
        const error = failureOf(async () => {
            await onNode(
                (channel) => {
                    channel.write(SAY("send"));
                    channel.once("data", () => cut());
                },
                async (node) => {
                    cut = () => node.close();
                    await deliver(node);
                },
            );
        });
        assert.match(await error, /node w1: the connection was cut while the script was sent/);
    });

    it("fails as the handshake does when nobody answers", async () => {
        const silent = await tcpServer(() => undefined);
        try {
            const connection = connectionTo(silent, keyPair().public, { privateKey: KEY.private });
            const error = failureOf(() =>
                deliverScript({
                    node: "w1",
                    connection,
                    script: KUBELET,
                    stack: STACK,
                    loginSeconds: 0.2,
                }),
            );
            assert.match(await error, /^node w1: no SSH handshake within 0\.2 s; /);
        } finally {
            await silent.close();
        }
    });

    it("is done for eight nodes at a time", async () => {
        let [open, most] = [0, 0];
        await onNode(
            (channel) => {
                most = Math.max(most, ++open);
                setTimeout(() => {
                    open--;
                    ends(channel, 0, SAY("have"));
                }, 30);
            },
            async (node) => {
                await Promise.all(Array.from({ length: 20 }, () => deliver(node)));
            },
        );
        assert.ok(most > 1 && most <= 8, `${most} at a time`);
    });
});

async function failureOf(body: () => Promise<unknown>): Promise<string> {
    try {
        await body();
    } catch (error) {
        return (error as Error).message;
    }
    return "no failure";
}
