import type { Client } from "ssh2";
import type { Connection } from "./connection";
import { isNodeStatus, type NodeStatus } from "./nodeStatus";
import { lastJsonLine } from "./lastJsonLine";
import { withNode } from "./sshClient";

/** Seconds for the login, and again for the script. */
const LOGIN_SECONDS = 15;
const SCRIPT_SECONDS = 30;
/** Probes at the same time: enough to be quick, few enough for a bastion's MaxStartups. */
const PARALLEL = 8;

let running = 0;
const waiting: (() => void)[] = [];

/** Runs the read-only `status` of a script on a node. Fails with an error that names the node. */
export async function probe(
    node: string,
    connection: Connection,
    script: string,
): Promise<NodeStatus> {
    const output = await limited(() =>
        withNode(node, connection, "ready", LOGIN_SECONDS, (client) =>
            execute(client, node, connection.user, script, "status"),
        ),
    );
    return statusIn(output, node);
}

/** Waits for its turn: no more than some nodes are looked at at the same time. */
export async function limited<T>(look: () => Promise<T>): Promise<T> {
    if (running >= PARALLEL) {
        await new Promise<void>((resolve) => waiting.push(resolve));
    }
    running++;
    try {
        return await look();
    } finally {
        running--;
        waiting.shift()?.();
    }
}

function statusIn(output: string, node: string): NodeStatus {
    let cause = "its answer has another form";
    try {
        const status: unknown = lastJsonLine(output);
        if (isNodeStatus(status)) {
            return status;
        }
    } catch (error) {
        cause = (error as Error).message;
    }
    throw new Error(`node ${node}: the status script printed no status (${cause})`);
}

/** Runs a read-only verb of a script, which comes on stdin, as root. Gives what it prints, at most its last 16 kB. */
export function execute(
    client: Client,
    node: string,
    user: string,
    script: string,
    verb: "status" | "ready",
): Promise<string> {
    const command = `${user === "root" ? "" : "sudo -n "}timeout ${SCRIPT_SECONDS} sh -s -- ${verb}`;
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
            reject(new Error(`node ${node}: no ${verb} within ${SCRIPT_SECONDS} s`));
        }, SCRIPT_SECONDS * 1000);
        client.exec(command, (error, channel) => {
            if (error) {
                clearTimeout(timer);
                reject(new Error(`node ${node}: the ${verb} script could not be started`));
                return;
            }
            let output = "";
            const keep = (chunk: Buffer): void => {
                output = (output + chunk.toString("utf8")).slice(-16_384);
            };
            channel.on("data", keep);
            channel.stderr.on("data", keep);
            channel.on("close", () => {
                clearTimeout(timer);
                resolve(output);
            });
            channel.end(script);
        });
    });
}
