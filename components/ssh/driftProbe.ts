import type { Client } from "ssh2";
import type { Connection } from "./connection";
import { isNodeStatus, type NodeStatus } from "./nodeStatus";
import { lastJsonLine } from "./lastJsonLine";
import { limited } from "./limited";
import { withNode } from "./sshClient";

/** Seconds for the login. */
const LOGIN_SECONDS = 15;

/** What is run, and until when. */
export interface Look {
    /** Settings and the whole script, for stdin: a preview leaves nothing on a node. */
    text: string;
    seconds: number;
}

/** Runs the read-only `status` of a script on a node. Fails with an error that names the node. */
export async function probe(node: string, connection: Connection, look: Look): Promise<NodeStatus> {
    return statusIn(await lookAt(node, connection, look), node);
}

/** What the read-only `status` of a script prints on a node. */
export function lookAt(node: string, connection: Connection, look: Look): Promise<string> {
    return limited(() =>
        withNode(node, connection, "ready", LOGIN_SECONDS, (client) =>
            execute(client, node, connection.user, look, "status"),
        ),
    );
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
    { text, seconds }: Look,
    verb: "status" | "ready",
): Promise<string> {
    const command = `${user === "root" ? "" : "sudo -n "}timeout ${seconds} sh -s -- ${verb}`;
    return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
            reject(new Error(`node ${node}: no ${verb} within ${seconds} s`));
        }, seconds * 1000);
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
            channel.end(text);
        });
    });
}
