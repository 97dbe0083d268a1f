import { Cluster } from "./cluster";
import { create } from "./create";
import { removeEverything } from "./down";
import { locked } from "./host/lock";
import { lastingProblems } from "./kubernetes/health";
import { complete, key } from "./options";
import { say } from "./progress";
import { requirements } from "./requirements";
import { readSnapshot } from "./snapshot/files";
import { type ClusterOptions, type ClusterState, readState } from "./state";

/** What `up` may be told. */
export interface UpOptions extends Partial<ClusterOptions> {
    /** Remove a running cluster that was brought up with other options, instead of refusing. */
    replace?: boolean;
}

/**
 * Brings a cluster up, or returns the one that runs, when it is healthy and was asked for in the same way. What a run that did
 * not come to its end has left is removed first.
 */
export async function up({ replace = false, ...asked }: UpOptions = {}): Promise<Cluster> {
    const options = complete(asked);
    const lacks = requirements(options);
    if (lacks.length > 0) {
        throw new Error(`this machine cannot run the cluster:\n${lacks.join("\n")}`);
    }
    return locked(async () => {
        const state = readState();
        if (state !== undefined && (await usable(state, options, replace))) {
            return new Cluster();
        }
        await removeEverything();
        await create(options);
        return new Cluster();
    });
}

async function usable(
    state: ClusterState,
    options: ClusterOptions,
    replace: boolean,
): Promise<boolean> {
    const wrong = await lastingProblems(state);
    if (wrong.length > 0) {
        say(`there is a cluster, but ${wrong.join(", ")}: making it anew`);
        return false;
    }
    if (key(state.options) !== key(options) && !replace) {
        throw new Error(
            `a cluster with other options is up: ${key(state.options)}; ` +
                `remove it first (down), or have it replaced (--replace)`,
        );
    }
    if (readSnapshot() === undefined) {
        say("there is a cluster without a snapshot, as older drivers made them: making it anew");
        return false;
    }
    return key(state.options) === key(options);
}
