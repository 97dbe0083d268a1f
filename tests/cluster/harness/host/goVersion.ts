import { spawnSync } from "node:child_process";
import { goEnvironment } from "../parts/goEnvironment";

/** The version of the Go in PATH. */
export function goVersion(): string | undefined {
    const { stdout } = spawnSync("go", ["env", "GOVERSION"], {
        env: goEnvironment(),
        encoding: "utf8",
    }) as { stdout: string | null };
    return /^go([0-9.]+)/.exec(stdout ?? "")?.[1];
}

/** Whether a version comes before another one. */
export function isOlder(version: string, than: string): boolean {
    return version.localeCompare(than, "en", { numeric: true }) < 0;
}
