import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../harness";

/** The inputs of a remote.Command that matter here. */
export interface RemoteInputs {
    connection: { host: string; port: number; user: string; hostKey: string };
    create: string;
    /** Where there is none, `create` runs again. */
    update?: string;
    delete?: string;
    stdin: string;
}

/** Runs a command over SSH as the provider would: the key pinned. Returns its stdout. */
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
            stdin,
        );
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

function spawned(command: string, args: string[], input: string): Promise<string> {
    return new Promise((resolve, reject) => {
        const child = spawn(command, args, { stdio: ["pipe", "pipe", "pipe"] });
        let stdout = "";
        let all = "";
        child.stdout.on("data", (chunk: Buffer) => {
            stdout += chunk.toString("utf8");
            all += chunk.toString("utf8");
        });
        child.stderr.on("data", (chunk: Buffer) => {
            all += chunk.toString("utf8");
        });
        child.on("error", reject);
        child.on("close", (code) => {
            if (code === 0) {
                resolve(stdout);
            } else {
                reject(new Error(`exit ${code ?? "signal"}: ${args.at(-1) ?? ""}\n${all}`));
            }
        });
        child.stdin.end(input);
    });
}
