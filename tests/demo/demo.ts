import { PulumiCommand } from "@pulumi/pulumi/automation";
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import * as harness from "../cluster/harness";
import { TestStack, type Run } from "../e2e/support/stack";

/** A folder of the project for an engine that the demo had to install. */
const ENGINE_FOLDER = join(__dirname, "..", "..", ".pulumi-cli");

/** Brings up a cluster, runs `up` on it, and shows that it worked and that a second preview is empty. */
async function main(): Promise<void> {
    const lacks = harness.requirements();
    if (lacks.length > 0) {
        throw new Error(`this machine cannot run the test cluster: ${lacks.join("; ")}`);
    }
    await findEngine();
    say("a kubeadm cluster, as it comes (the first one takes up to half an hour)");
    const cluster = await harness.up();
    const stack = await TestStack.create(cluster, "demo", { onRemove: "revert" });
    try {
        say("pulumi up");
        stop(await stack.up({ onOutput: (text) => process.stdout.write(text) }));
        for (const args of [
            ["top", "nodes"],
            ["top", "pods", "-A"],
        ]) {
            say(`kubectl ${args.join(" ")}`);
            console.log(await cluster.kubectl(args));
        }
        say("pulumi preview, a second time");
        const again = await stack.preview({ onOutput: (text) => process.stdout.write(text) });
        stop(again);
        if (again.changes.length > 0) {
            throw new Error("the second preview shows changes");
        }
        say("done: the cluster stays up; npm run cluster -- down removes it");
    } finally {
        await stack.destroy();
        stack.remove();
    }
}

/** Uses `pulumi` on PATH, or installs it the official way into the project. */
async function findEngine(): Promise<void> {
    if (spawnSync("pulumi", ["version"]).status === 0) {
        return;
    }
    say("installing Pulumi into .pulumi-cli");
    try {
        await PulumiCommand.install({ root: ENGINE_FOLDER });
    } catch (error) {
        throw new Error(
            `no \`pulumi\` on PATH, and it could not be installed (${error instanceof Error ? error.message.split("\n")[0] : String(error)}); install it: https://www.pulumi.com/docs/install/`,
        );
    }
    process.env["PATH"] = `${join(ENGINE_FOLDER, "bin")}:${process.env["PATH"] ?? ""}`;
}

function stop({ error }: Run): void {
    if (error !== undefined) {
        throw new Error(error);
    }
}

function say(what: string): void {
    console.log(`\n==> ${what}`);
}

main().catch((error: unknown) => {
    console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
});
