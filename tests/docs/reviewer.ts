import { readFileSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import * as harness from "../cluster/harness";
import { engineRequirements } from "../e2e/support/engine";
import { TestStack, type Run } from "../e2e/support/stack";
import { REPOSITORY } from "../support/localStack";
import { EVENTS, SETTINGS, type Event } from "./events";
import { filled } from "./page";
import { scrub } from "./scrub";

const PAGE = join(REPOSITORY, "docs", "what-a-reviewer-sees.md");

/**
 * Writes what the real engine shows on the real cluster into the page: `npm run docs:reviewer`. The page is written only when
 * every event went as it should; its text is edited by hand.
 */
async function main(): Promise<void> {
    const lacks = [...engineRequirements(), ...harness.requirements()];
    if (lacks.length > 0) {
        throw new Error(`this machine cannot run the events: ${lacks.join("; ")}`);
    }
    const cluster = await harness.up();
    const stack = await TestStack.create(cluster, "production", SETTINGS);
    const known = namesOf(cluster, stack.folder);
    let page = readFileSync(PAGE, "utf8");
    try {
        for (const event of EVENTS) {
            console.log(`==> ${event.name}`);
            page = filled(page, event.name, scrub(await show(event, stack, cluster), known));
        }
    } finally {
        await stack.setObject("ssh", { user: cluster.sshUser });
        await stack.clean();
    }
    writeFileSync(PAGE, page);
    console.log(`written: ${PAGE}`);
}

/** Lets an event happen and returns what the preview of it printed; then makes the change, unless it is not to be made. */
async function show(event: Event, stack: TestStack, cluster: harness.Cluster): Promise<string> {
    await event.happen(stack, cluster);
    const preview = succeeded(event, await (event.show?.(stack) ?? stack.preview({ diff: true })));
    if ((preview.changes.length === 0) !== (event.empty === true)) {
        throw new Error(`${event.name}: the preview has ${preview.changes.length} changes`);
    }
    if (event.up !== false) {
        succeeded(event, await stack.up());
    }
    return preview.output;
}

function succeeded({ name }: Event, run: Run): Run {
    if (run.error !== undefined) {
        throw new Error(`${name}: ${run.error}`);
    }
    return run;
}

/** What this machine calls things, and what a reader would call them. */
function namesOf(cluster: harness.Cluster, folder: string): Record<string, string> {
    const nodes = cluster.nodes.map(({ ip }, index) => [ip, `10.0.0.${11 + index}`]);
    return {
        ...(Object.fromEntries(nodes) as Record<string, string>),
        [cluster.kubeconfig]: "~/.kube/config",
        [folder]: "<folder>",
        [`${REPOSITORY}/`]: "",
        [tmpdir() + "/"]: "<folder>/",
        [homedir() + "/"]: "~/",
    };
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
