/**
 * The stand-in nodes, in a process of their own: one SSH server, one port a node. It logs anybody in who has a key, reads the
 * script to its end and answers at once, a node's own script after so many seconds. The first line that it prints is the farm as JSON; it ends with its standard input.
 */
import { once } from "node:events";
import { createServer, type AddressInfo, type Socket } from "node:net";
import ssh2, { type Connection, type ServerChannel } from "ssh2";
import { canonicalHostKey } from "../../../components/nodes/hostKey";
import { keyPair } from "../../unit/support/sshServer";
import { isReceiver, receive } from "../../support/standInReceiver";
import { answerTo } from "./answers";
import type { Farm, FarmNode } from "./farm";

const count = Number(process.argv[2]);
const seconds = Number(process.argv[3]);
const hostKey = keyPair();

const ssh = new ssh2.Server({ hostKeys: [hostKey.private] }, (connection: Connection) => {
    connection.on("error", () => undefined);
    connection.on("authentication", (context) => {
        if (context.method === "publickey") {
            context.accept();
        } else {
            context.reject(["publickey"]);
        }
    });
    connection.on("session", (accept) => {
        accept().on("exec", (acceptExec, _reject, { command }) => {
            execute(acceptExec(), command);
        });
    });
});

function execute(channel: ServerChannel, command: string): void {
    if (isReceiver(command)) {
        receive(channel, command);
        return;
    }
    const parts: Buffer[] = [];
    channel.on("data", (part: Buffer) => parts.push(part));
    channel.on("end", () => {
        const script = Buffer.concat(parts).toString();
        const isNodes = / sh -s -- ensure/.test(command) && script.includes("NODE_ADDRESSES=");
        setTimeout(
            () => {
                channel.write(answerTo(command, script, count));
                channel.exit(0);
                channel.end();
            },
            isNodes ? seconds * 1000 : 0,
        );
    });
}

async function listen(index: number): Promise<FarmNode> {
    const server = createServer((socket: Socket) => {
        ssh.injectSocket(socket.setNoDelay());
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const number = index + 1;
    return {
        name: `n${String(number).padStart(4, "0")}`,
        controlPlane: index === 0,
        host: "127.0.0.1",
        port,
        hostKey: canonicalHostKey(hostKey.public),
        address: `10.0.${number >> 8}.${number & 255}`,
    };
}

async function main(): Promise<void> {
    const nodes = await Promise.all(Array.from({ length: count }, (_, index) => listen(index)));
    // As many lanes as nodes: bare commands wait for nothing, either.
    const farm: Farm = {
        nodes,
        user: "root",
        privateKey: keyPair().private,
        maxUnavailable: count,
    };
    process.stdout.write(`${JSON.stringify(farm)}\n`);
    process.stdin.resume();
    await once(process.stdin, "end");
    process.exit(0);
}

void main();
