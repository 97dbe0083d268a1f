import type { Connection } from "./connection";
import { checkHandshake } from "./checkHandshake";

/** Seconds between two looks at a node whose script runs. Most scripts are done before the second one. */
const LOOK_SECONDS = 30;
/** Looks in a row that fail before somebody hears of it: sshd drops one connection when many come at once (MaxStartups). */
const FAILED_LOOKS = 2;

/** What is watched, and who hears of it. */
export interface NodeWatch {
    node: string;
    connection: Connection;
    warn: (message: string) => unknown;
    /** Seconds after which the script must have ended, whatever happens on the node. */
    deadline: number;
    /** Seconds between two looks. */
    seconds?: number;
}

/**
 * Looks after a node while its script runs, and warns once when its sshd stops answering, or when the script goes on after
 * its deadline: `remote.Command` waits without a word for as long as the TCP connection lives. Returns the function that ends
 * it. It keeps no process alive.
 */
export function watchNode({
    node,
    connection,
    warn,
    deadline,
    seconds = LOOK_SECONDS,
}: NodeWatch): () => void {
    const look = { running: false, ended: false, failed: 0 };
    const last = setTimeout(() => {
        clearInterval(timer);
        look.ended = true;
        warn(endless(node, deadline));
    }, deadline * 1000);
    const timer = setInterval(() => {
        if (look.running) return;
        look.running = true;
        checkHandshake(node, connection, Math.min(seconds, 20))
            .then(() => {
                look.failed = 0;
            })
            .catch((error: unknown) => {
                look.failed += 1;
                if (look.failed < FAILED_LOOKS) return;
                clearInterval(timer);
                clearTimeout(last);
                // A look that was under way when the script ended says nothing about the script.
                if (!look.ended) warn(silence((error as Error).message));
            })
            .finally(() => {
                look.running = false;
            });
    }, seconds * 1000);
    timer.unref();
    last.unref();
    return () => {
        look.ended = true;
        clearInterval(timer);
        clearTimeout(last);
    };
}

/** What somebody who sees a run stand still has to know. */
function silence(found: string): string {
    const [what = found] = found.split("; ");
    return (
        `${what} while its script runs there; expected an answer within the minute. The script goes on by itself and finishes or ` +
        `rolls back; this run waits for the connection. Next: look at the node's console (systemctl status ssh). ${GIVE_UP}`
    );
}

/** A healthy node ends its script by itself, so this one is ill or not what it should be. */
function endless(node: string, deadline: number): string {
    return (
        `node ${node}: SSH answers, but its script has not ended after ${deadline} s, which systemd and timeout on the node see ` +
        `to; this run waits for it. Next: look at the node's console (systemctl list-units 'run-*'). ${GIVE_UP}`
    );
}

const GIVE_UP =
    "To give up, interrupt this run twice (Ctrl-C), then run pulumi cancel and pulumi up";
