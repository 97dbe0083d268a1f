import type { Connection } from "./connection";
import { withNode } from "./sshClient";

/** Seconds that a host has to complete the SSH handshake. */
const HANDSHAKE_SECONDS = 20;

/**
 * Completes an SSH handshake with a node and leaves again, without logging in to it. A host that accepts connections and
 * never answers would otherwise block `remote.Command`, and with it `pulumi up`, without end.
 */
export async function checkHandshake(
    node: string,
    connection: Connection,
    seconds = HANDSHAKE_SECONDS,
): Promise<void> {
    await withNode(node, connection, "handshake", seconds, () => undefined);
}
