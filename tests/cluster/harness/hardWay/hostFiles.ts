import { dirname } from "node:path";
import { execute } from "../node/machine";

/** A file of a host. */
export interface HostFile {
    path: string;
    content: string;
    /** Readable by root only. */
    isSecret?: boolean;
}

/** Writes files on a host that runs, folders included. */
export async function writeHostFiles(host: string, files: readonly HostFile[]): Promise<void> {
    for (const { path, content, isSecret = false } of files) {
        const line = 'umask "$1" && mkdir -p -m 0755 "$2" && cat >"$3"';
        const mask = isSecret ? "077" : "022";
        await execute(host, ["sh", "-c", line, "sh", mask, dirname(path), path], {
            input: content,
        });
    }
}

/** Starts units now and whenever the host boots. */
export async function enableUnits(host: string, units: readonly string[]): Promise<void> {
    await execute(host, ["systemctl", "daemon-reload"]);
    await execute(host, ["systemctl", "enable", "--quiet", "--now", ...units]);
}
