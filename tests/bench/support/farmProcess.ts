import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Farm } from "../nodes/farm";

/** Runs `use` while stand-in nodes are there, whose scripts take so many seconds. */
export async function withFarm<T>(
    nodes: number,
    use: (farm: Farm) => Promise<T>,
    seconds = 0,
): Promise<T> {
    const server = join(__dirname, "..", "nodes", "server.ts");
    const child = spawn(
        process.execPath,
        ["--import=tsx", server, String(nodes), String(seconds)],
        {
            stdio: ["pipe", "pipe", "inherit"],
        },
    );
    try {
        const [line] = (await once(createInterface(child.stdout), "line")) as [string];
        return await use(JSON.parse(line) as Farm);
    } finally {
        child.stdin.end();
        await once(child, "exit");
    }
}
