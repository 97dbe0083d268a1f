import { Cluster } from "./cluster";
import { create } from "./create";
import { removeEverything } from "./down";
import { locked } from "./host/lock";
import { lastingProblems } from "./kubernetes/health";
import { say } from "./progress";
import { requirements } from "./requirements";
import { type ClusterOptions, type ClusterState, readState } from "./state";

/** What `up` may be told. */
export interface UpOptions extends Partial<ClusterOptions> {
    /** Remove a running cluster that was brought up with other options, instead of refusing. */
    replace?: boolean;
}

/** More would not boot in time on two cores. */
const MAX_WORKERS = 9;

/**
 * Brings a cluster up, or returns the one that runs, when it is healthy and was asked for in the same way. What a run that did
 * not come to its end has left is removed first.
 */
export async function up({ replace = false, ...asked }: UpOptions = {}): Promise<Cluster> {
    const options = complete(asked);
    const lacks = requirements();
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

function complete(asked: Partial<ClusterOptions>): ClusterOptions {
    const { workers = 2, serverTLSBootstrap = false, signingDuration } = asked;
    if (!Number.isInteger(workers) || workers < 0 || workers > MAX_WORKERS) {
        throw new Error(`workers must be a number from 0 to ${MAX_WORKERS}`);
    }
    if (signingDuration !== undefined && !/^(\d+[hms])+$/.test(signingDuration)) {
        throw new Error(`"${signingDuration}" is no duration such as 5m or 1h30m`);
    }
    return {
        workers,
        serverTLSBootstrap,
        ...(signingDuration !== undefined && { signingDuration }),
    };
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
    return key(state.options) === key(options);
}

function key({ workers, signingDuration, serverTLSBootstrap }: ClusterOptions): string {
    return JSON.stringify({ workers, signingDuration, serverTLSBootstrap });
}
