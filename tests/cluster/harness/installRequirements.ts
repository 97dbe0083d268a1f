import { existsSync } from "node:fs";
import { lacks } from "./requirements";
import { run } from "./run";
import { say } from "./progress";
import type { ClusterOptions } from "./state";

/**
 * Installs, with apt-get, those Debian packages that are missing. What is no package (root, Go, the kernel) is left for
 * `requirements` to name.
 */
export async function installRequirements(options: Partial<ClusterOptions>): Promise<void> {
    const packages = [...new Set(lacks(options).flatMap((lack) => lack.package ?? []))];
    if (packages.length === 0 || !existsSync("/usr/bin/apt-get")) {
        return;
    }
    say(`installing ${packages.join(", ")}`);
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    await run("apt-get", ["update", "--quiet"], { env });
    const install = ["install", "--quiet", "--yes", "--no-install-recommends"];
    await run("apt-get", [...install, ...packages], { env });
}
