import { createHash } from "node:crypto";
import type { ServerChannel } from "ssh2";

const RECEIVER = / receive (state|run) ([a-z-]+)-([0-9a-f]{64}) (\d+) [0-9a-f]{8}$/;

/** Whether a command line is one that puts a script on a node. */
export function isReceiver(command: string): boolean {
    return RECEIVER.test(command);
}

/** What components/scripts/lib/receive.sh does, without a file: for nodes that are many, or stand in for their answers only. */
export function receive(channel: ServerChannel, command: string): void {
    const [, , , digest, bytes] = RECEIVER.exec(command) ?? [];
    const hash = createHash("sha256");
    let missing = Number(bytes);
    channel.on("data", (part: Buffer) => {
        hash.update(part);
        missing -= part.length;
        if (missing > 0) return;
        const good = missing === 0 && hash.digest("hex") === digest;
        channel.write(`secure-metrics-server: ${good ? "stored" : "error: other bytes came"}\n`);
        channel.exit(good ? 0 : 75);
        channel.end();
    });
    channel.write("secure-metrics-server: send\n");
}
