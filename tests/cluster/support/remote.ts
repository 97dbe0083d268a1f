import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { wholeStdin } from "../../support/wholeStdin";
import type { Cluster } from "../harness";

/** The inputs of a remote.Command that matter here. */
export interface RemoteInputs {
    connection: { host: string; port: number; user: string; hostKey: string };
    create: string;
    delete?: string;
    stdin: string;
}

/** Runs a command over SSH as the provider would: the key pinned; the script itself is on stdin. */
export async function runRemote(
    cluster: Cluster,
    { connection, stdin }: RemoteInputs,
    line: string,
): Promise<string> {
    const { host, port, user, hostKey } = connection;
    const folder = mkdtempSync(join(tmpdir(), "sms-ssh-"));
    try {
        const known = join(folder, "known_hosts");
        writeFileSync(known, `${port === 22 ? host : `[${host}]:${port}`} ${hostKey}\n`);
        return await spawned(
            "ssh",
            [
                ...["-i", cluster.sshKeyPath, "-p", String(port), "-o", "BatchMode=yes"],
                ...["-o", "StrictHostKeyChecking=yes", "-o", `UserKnownHostsFile=${known}`],
                ...["-o", "IdentitiesOnly=yes", "-o", "LogLevel=ERROR", `${user}@${host}`, line],
            ],
            wholeStdin(stdin),
        );
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

function spawned(command: string, args: string[], input: string): Promise<string> {
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
        let output = "";
        const keep = (chunk: Buffer): void => {
            output += chunk.toString("utf8");
        };
        child.stdout.on("data", keep);
        child.stderr.on("data", keep);
        child.on("error", reject);
        child.on("close", (code) => {
            if (code === 0) {
                resolve(output);
            } else {
                reject(new Error(`exit ${code ?? "signal"}: ${args.at(-1) ?? ""}\n${output}`));
            }
        });
        child.stdin.end(input);
    });
}
