import type { Client, ClientChannel } from "ssh2";
import { quoteForeign } from "../shared/foreignText";
import { becomeRoot, readScript, shellQuote } from "./composeScript";
import type { Connection } from "./connection";
import { limited } from "./limited";
import type { ComposedScript } from "./scriptTable";
import { withNode } from "./sshClient";

/** Seconds for the handshake and the login, and again for the script. */
const LOGIN_SECONDS = 20;
const UPLOAD_SECONDS = 60;
/** Characters that a node may answer, and how many of them an error shows. */
const MOST_OF_AN_ANSWER = 16_384;
const SHOWN = 300;

export interface Delivery {
    node: string;
    connection: Connection;
    script: ComposedScript;
    /** A word for the stack that the script is for. */
    stack: string;
    /** Seconds, for tests. */
    loginSeconds?: number;
    uploadSeconds?: number;
}

/**
 * Logs in to a node and puts a script there, unless it has it. Done before each command: `remote.Command` itself would wait
 * without end for a host that accepts connections and never answers, and its state would carry the script twice.
 */
export async function deliverScript(delivery: Delivery): Promise<void> {
    const { node, connection, loginSeconds = LOGIN_SECONDS } = delivery;
    await limited(() =>
        withNode(node, connection, "ready", loginSeconds, (client) =>
            new Upload(client, delivery).run(),
        ),
    );
}

/** The command line of the receiver. It goes through the same two programs as a script's own line, sudo and timeout. */
export function receiverLine({ place, file, bytes }: ComposedScript, stack: string): string {
    const words = ["receive", place, file, String(bytes), stack];
    return `${becomeRoot} timeout ${UPLOAD_SECONDS} sh -c ${shellQuote(readScript("lib/receive.sh"))} ${words.join(" ")}`;
}

/** One talk with a receiver: `have`, or `send` and then `stored`. */
class Upload {
    private answer = "";
    private sent = false;
    private readonly node: string;
    private readonly script: ComposedScript;
    private readonly seconds: number;

    constructor(
        private readonly client: Client,
        private readonly delivery: Delivery,
    ) {
        this.node = delivery.node;
        this.script = delivery.script;
        this.seconds = delivery.uploadSeconds ?? UPLOAD_SECONDS;
    }

    run(): Promise<void> {
        return new Promise((resolve, reject) => {
            const fail = (found: string, next: string): void => {
                reject(
                    new Error(
                        `node ${this.node}: ${found}; expected it to take ${this.script.file}; next: ${next}`,
                    ),
                );
            };
            const timer = setTimeout(() => {
                fail(
                    `no answer from the receiver of scripts within ${this.seconds} s${this.said()}`,
                    "log in by hand, then: sudo -n true",
                );
            }, this.seconds * 1000);
            const settle = (): void => {
                clearTimeout(timer);
            };
            this.client.on("close", () => {
                settle();
                fail(
                    `the connection was cut while the script was sent${this.said()}`,
                    "try again, and look at sshd's log on the node",
                );
            });
            this.client.exec(receiverLine(this.script, this.delivery.stack), (error, channel) => {
                if (error) {
                    settle();
                    fail(
                        "it lets nobody run a command",
                        "look at ForceCommand and the login shell on the node",
                    );
                    return;
                }
                this.listen(channel, () => {
                    fail(
                        `more than ${MOST_OF_AN_ANSWER} characters came instead of an answer${this.said()}`,
                        "log in by hand and look what the login shell prints",
                    );
                    settle();
                });
                channel.on("close", (code: number | undefined) => {
                    settle();
                    if (this.says("have") || (this.sent && this.says("stored"))) {
                        resolve();
                        return;
                    }
                    fail(
                        `the receiver of scripts ended with ${code === undefined ? "a signal" : `code ${code}`}${this.said()}`,
                        "log in by hand, then: sudo -n true; df /var/lib /run",
                    );
                });
            });
        });
    }

    private listen(channel: ClientChannel, tooMuch: () => void): void {
        const keep = (chunk: Buffer): void => {
            this.answer += chunk.toString("latin1");
            if (this.answer.length > MOST_OF_AN_ANSWER) {
                this.answer = this.answer.slice(0, MOST_OF_AN_ANSWER);
                channel.removeAllListeners("data");
                channel.stderr.removeAllListeners("data");
                tooMuch();
            } else if (!this.sent && this.says("send")) {
                this.sent = true;
                channel.end(this.script.text);
            }
        };
        channel.on("data", keep);
        channel.stderr.on("data", keep);
        channel.on("error", () => undefined);
    }

    private says(word: "have" | "send" | "stored"): boolean {
        return this.answer.split(/\r?\n/).includes(`secure-metrics-server: ${word}`);
    }

    /** What the node said otherwise, in quotes. */
    private said(): string {
        const lines = this.answer
            .split(/\r?\n/)
            .filter((line) => !/^secure-metrics-server: (have|send|stored)$|^\s*$/.test(line));
        const text = lines.join(" | ").replace(/^secure-metrics-server: error: /, "");
        return text === "" ? "" : ` and said ${quoteForeign(text, SHOWN)}`;
    }
}
