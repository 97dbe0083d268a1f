import { createHash } from "node:crypto";
import { chmodSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { BUDGETS } from "../budgets";
import { holding } from "../host/lock";
import { cacheDirectory } from "../paths";
import { progress } from "../progress";

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
    mkdirSync(cacheDirectory(), { recursive: true });
    chmodSync(cacheDirectory(), 0o700);
    // Another cluster's run may need the same part: one of them builds it.
    const lock = {
        file: join(cacheDirectory(), "locks", `${basename(directory)}.lock`),
        budget: BUDGETS.part,
        holder: `another run that builds ${part.name}`,
    };
    return holding(lock, async () => {
        if (!existsSync(directory)) {
            await build(part, directory);
        }
        return directory;
    });
}

async function build(part: Part, directory: string): Promise<void> {
    const temporary = `${directory}.building`;
    rmSync(temporary, { recursive: true, force: true });
    mkdirSync(temporary);
    mkdirSync(join(cacheDirectory(), "logs"), { recursive: true });
    const log = join(cacheDirectory(), "logs", `${part.name}.log`);
    rmSync(log, { force: true });
    const done = progress(stepOf(part), log);
    await part.build(temporary, log);
    renameSync(temporary, directory);
    done();
}

/** What building a part is called while it is done. */
export function stepOf({ name }: Part): string {
    return `building ${name}`;
}

/** Whether a part is there already. */
export function hasPart(part: Part): boolean {
    return existsSync(partDirectory(part));
}

function partDirectory(part: Part): string {
    // Where the cache is makes no difference.
    const recipe = JSON.stringify(part.recipe).replaceAll(cacheDirectory(), "");
    const digest = createHash("sha256").update(recipe).digest("hex");
    return join(cacheDirectory(), `${part.name}-${digest.slice(0, 12)}`);
}
