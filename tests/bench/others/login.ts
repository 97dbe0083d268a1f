import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Farm, FarmNode } from "../nodes/farm";

/** How something that is no engine logs in to the nodes of a farm. */
export interface Login {
    /** Has `key` and `known_hosts`, and room for what else is needed. */
    folder: string;
    nodes: FarmNode[];
    user: string;
}

/** Writes what OpenSSH needs into a folder. */
export function prepareLogin(folder: string, { nodes, user, privateKey }: Farm): Login {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(join(folder, "key"), privateKey, { mode: 0o600 });
    writeFileSync(
        join(folder, "known_hosts"),
        nodes.map(({ host, port, hostKey }) => `${knownAs(host, port)} ${hostKey}\n`).join(""),
    );
    return { folder, nodes, user };
}

function knownAs(host: string, port: number): string {
    return port === 22 ? host : `[${host}]:${port}`;
}
