import { script } from "../paths";
import { run, type Result, type RunOptions } from "../run";
import { environment } from "./environment";
import { DRIVER_GROUP, makeGroup } from "./groups";

/** Runs a long step in the cluster's control group, so that `down` ends it when a killed driver left it behind. */
export async function longStep(
    command: string,
    args: readonly string[],
    options: RunOptions = {},
): Promise<Result> {
    const join = [script("join.sh"), ...makeGroup(DRIVER_GROUP), "--"];
    const title = [command, ...args].join(" ");
    return run("sh", [...join, command, ...args], { title, env: environment(), ...options });
}

/** A long step that mounts: in a mount namespace of its own, where its mounts end with it. */
export async function mountingStep(
    command: string,
    args: readonly string[],
    log: string,
): Promise<void> {
    const spaces = ["--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"];
    await longStep("unshare", [...spaces, "--", command, ...args], { log });
}
