import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { environment } from "../host/environment";
import { DRIVER_GROUP, makeGroup } from "../host/groups";
import { cacheDirectory, script } from "../paths";
import { progress } from "../progress";
import { run, type RunOptions } from "../run";

/** Something that is built once and kept. */
export interface Part {
    /** What it is and of which version. */
    name: string;
    /** All that it is made from: another recipe is another part. */
    recipe: unknown;
    /** Fills an empty directory. */
    build: (directory: string, log: string) => Promise<void>;
}

/**
 * The directory of a part, built when it is not there. It appears under its name in one step, when it is complete: whatever is
 * there can be used, also after a crash.
 */
export async function ensurePart(part: Part): Promise<string> {
    const directory = partDirectory(part);
    if (existsSync(directory)) {
        return directory;
    }
    const temporary = `${directory}.building`;
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary, { recursive: true });
    chmodSync(cacheDirectory(), 0o700);
    mkdirSync(join(cacheDirectory(), "logs"), { recursive: true });
    const log = join(cacheDirectory(), "logs", `${part.name}.log`);
    rmSync(log, { force: true });
    const done = progress(`building ${part.name} (log: ${log})`);
    await part.build(temporary, log);
    renameSync(temporary, directory);
    done();
    return directory;
}

/** Whether a part is there already. */
export function hasPart(part: Part): boolean {
    return existsSync(partDirectory(part));
}

function partDirectory(part: Part): string {
    const digest = createHash("sha256").update(JSON.stringify(part.recipe)).digest("hex");
    return join(cacheDirectory(), `${part.name}-${digest.slice(0, 12)}`);
}

/** Runs a long build step in the cluster's control group, so that `down` ends it when a killed driver left it behind. */
export async function buildStep(
    command: string,
    args: readonly string[],
    options: RunOptions,
): Promise<void> {
    const join = [script("join.sh"), ...makeGroup(DRIVER_GROUP), "--"];
    const title = [command, ...args].join(" ");
    await run("sh", [...join, command, ...args], { title, ...options });
}

/** A build step that mounts: in a mount namespace of its own, where its mounts end with it. */
export async function mountingStep(
    command: string,
    args: readonly string[],
    log: string,
): Promise<void> {
    const spaces = ["--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"];
    await buildStep("unshare", [...spaces, "--", command, ...args], { env: environment(), log });
}
