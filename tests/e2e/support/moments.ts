import type { Cluster } from "../../cluster/harness";
import { BUDGETS, found, notYet, until } from "../../cluster/harness/budgets";
import { whenRestarted } from "./faults";
import type { Run, TestStack } from "./stack";

/** When a fault strikes. */
export interface Moment {
    /** The resource that the engine works on. */
    step: string;
    /** The node that is struck. */
    node: string;
    /**
     * `start`: as soon as the engine begins with the step. `lock`: while the node's script waits for its lock, so before its
     * first change. `restart`: when the kubelet has just been started with the new configuration. `made`: when the cluster has
     * the object and the engine does not know yet.
     */
    at: "start" | "lock" | "restart" | "made";
    /** The object that is made, TYPE/NAME in kube-system. */
    object?: string;
}

/** The commands of a TestStack that change something. */
export type Verb = "up" | "destroy";

/** Runs the engine, and calls `strike` at the moment; if the run never gets there, it is over when this returns. */
export async function duringRun(
    cluster: Cluster,
    stack: TestStack,
    verb: Verb,
    moment: Moment,
    strike: () => Promise<void>,
): Promise<Run> {
    const restarted = moment.at === "restart" ? whenRestarted(cluster, moment.node) : undefined;
    let begin: (() => void) | undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const watch = ({ name }: { name: string }): void => {
        if (name === moment.step) begin?.();
    };
    const running = verb === "up" ? stack.up({}, watch) : stack.destroy(watch);
    const over = { yet: false };
    void running.then(() => (over.yet = true));
    const there = begun.then(async () => {
        if (moment.at === "lock") {
            await whileLocked(cluster, moment.node, strike, over);
        } else {
            await restarted;
            if (moment.object !== undefined) await untilMade(cluster, moment.object);
            await strike();
        }
    });
    await Promise.race([there, running]);
    return running;
}

/** Acts while a script that is about to start waits for its lock. The steps before have let it go. */
async function whileLocked(
    cluster: Cluster,
    node: string,
    act: () => Promise<void>,
    over: { yet: boolean },
): Promise<void> {
    const release = await holdLock(cluster, node);
    try {
        if (await scriptWaits(cluster, node, over)) await act();
    } finally {
        await release();
    }
}

const HOLDER = "hold-lock-for-test";
const LOCK = "/run/secure-metrics-server.lock";

/** Holds the lock of the scripts on a node. The returned function lets it go; a reboot does, too. */
async function holdLock(cluster: Cluster, node: string): Promise<() => Promise<void>> {
    const hold = ["systemd-run", "--quiet", "--collect", `--unit=${HOLDER}`];
    await cluster.exec(node, [...hold, "flock", LOCK, "sleep", "infinity"]);
    await until(`the lock on ${node}`, BUDGETS.process, async () => {
        const tried = await cluster.exec(node, ["flock", "-n", LOCK, "true"], {
            allowFailure: true,
        });
        return tried.code === 0 ? notYet("still free") : found(undefined);
    });
    return async () => {
        await cluster.exec(node, ["systemctl", "stop", HOLDER], { allowFailure: true });
    };
}

/** True as soon as a script waits for the lock, false when the run is over before. */
function scriptWaits(cluster: Cluster, node: string, over: { yet: boolean }): Promise<boolean> {
    return until(`a script on ${node}`, BUDGETS.workload, async () => {
        const waiting = await cluster.exec(node, ["pgrep", "-f", "^flock -w"], {
            allowFailure: true,
        });
        if (waiting.code === 0) return found(true);
        return over.yet ? found(false) : notYet("nobody waits for the lock");
    });
}

/** Resolves when the cluster has an object. */
async function untilMade(cluster: Cluster, object: string): Promise<void> {
    const get = ["get", "-n", "kube-system", object, "--ignore-not-found", "-o", "name"];
    await until(object, { ...BUDGETS.workload, interval: 50 }, async () =>
        (await cluster.kubectl(get)) === "" ? notYet("not there") : found(undefined),
    );
}
