import { spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ended } from "../support/ended";
import type { Login } from "./login";

const SCRIPT = join(__dirname, "plain.sh");

/** Runs plain.sh and returns the seconds that it took. */
export async function runPlain(
    { folder, nodes, user }: Login,
    verb: "on" | "off",
): Promise<number> {
    const last = [...nodes].sort((a, b) => Number(a.controlPlane) - Number(b.controlPlane));
    const lines = last.map(({ host, port }) => `${user} ${host} ${port}\n`);
    writeFileSync(join(folder, "nodes"), lines.join(""));
    const child = spawn(SCRIPT, [folder, verb], { stdio: ["ignore", "pipe", "pipe"] });
    const { code, seconds, output } = await ended(child);
    if (code !== 0) {
        throw new Error(`plain.sh ${verb} failed:\n${output.slice(-4000)}`);
    }
    return seconds;
}
