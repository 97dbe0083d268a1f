import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";

const CLI = join(__dirname, "..", "harness", "cli.ts");

/** Runs the driver as a process and kills it, uncatchably, as soon as it says something. */
export async function killedAt(moment: string, ...args: string[]): Promise<void> {
    const child = spawn(process.execPath, ["--import", "tsx", CLI, ...args], {
        stdio: ["ignore", "ignore", "pipe"],
    });
    const exited = new Promise((resolve) => child.once("exit", resolve));
    let said = "";
    for await (const line of createInterface({ input: child.stderr })) {
        said += `${line}\n`;
        if (line.includes(moment)) {
            child.kill("SIGKILL");
        }
    }
    await exited;
    assert.equal(child.signalCode, "SIGKILL", `it ended by itself:\n${said}`);
}
