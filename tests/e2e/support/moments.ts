import type { Cluster } from "../../cluster/harness";
import { BUDGETS, found, notYet, until } from "../../cluster/harness/budgets";
import { whenRestarted } from "./faults";
import type { ScriptName } from "../../../components/ssh/scriptTable";
import { holdProviders } from "./processes";
import type { Run, TestStack } from "./stack";
import { holdUpload, type HeldUpload, type Over } from "./uploads";

/** When a fault strikes. */
export interface Moment {
    /** The resource that the engine works on. */
    step: string;
    /** The node that is struck. */
    node: string;
    /**
     * `start`: as soon as the engine begins with the step. `upload`: when half of the node's script has come. `lying`: when the
     * script lies on the node and its command has not begun. `lock`: while the node's script waits for its lock, so before its
     * first change. `restart`: when the kubelet has just been started with the new configuration. `made`: when the cluster has
     * the object and the engine does not know yet.
     */
    at: "start" | "upload" | "lying" | "lock" | "restart" | "made";
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
    const { at, node, step, object } = moment;
    const restarted = at === "restart" ? whenRestarted(cluster, node) : undefined;
    const upload =
        at === "upload" || at === "lying"
            ? await holdUpload(cluster, node, scriptOf(step))
            : undefined;
    const progress = { begun: false, yet: false };
    let begin: (() => void) | undefined;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const watch = ({ name }: { name: string }): void => {
        if (name !== step) return;
        progress.begun = true;
        begin?.();
    };
    const running = verb === "up" ? stack.up({}, watch) : stack.destroy(watch);
    void running.then(() => (progress.yet = true));
    const there = begun.then(async () => {
        if (at === "lock") {
            await whileLocked(cluster, stack, node, strike, progress);
        } else if (at === "upload") {
            if (await upload?.half(progress)) await strike();
        } else if (at === "lying" && upload !== undefined) {
            await whenStored(stack, upload, strike, progress);
        } else {
            await restarted;
            if (object !== undefined) await untilMade(cluster, object);
            await strike();
        }
        await upload?.release();
    });
    await Promise.race([there, running]);
    if (upload !== undefined) {
        // What strikes may take longer than what is left of the run: a reboot does.
        if (progress.begun) await there;
        await upload.release();
    }
    return running;
}

/** The script that a step runs. */
function scriptOf(step: string): ScriptName {
    if (step.includes("-node-")) return "kubelet";
    if (step.includes("-csr-approval-")) return "csr-approval";
    if (step.endsWith("-kubelet-config")) return "kubelet-config";
    return step.endsWith("-preflight") ? "preflight" : "verification";
}

/** Acts between an upload and its command, which the engine cannot begin for so long. */
async function whenStored(
    stack: TestStack,
    upload: HeldUpload,
    act: () => Promise<void>,
    over: Over,
): Promise<void> {
    if (!(await upload.half(over))) return;
    const letGo = holdProviders(stack);
    try {
        await upload.release();
        if (await upload.stored(over)) await act();
    } finally {
        letGo();
    }
}

/** Acts while a script that is about to start waits for its lock. The steps before have let it go. */
async function whileLocked(
    cluster: Cluster,
    stack: TestStack,
    node: string,
    act: () => Promise<void>,
    over: Over,
): Promise<void> {
    // On a busy machine a script may be through before its lock is held.
    const letGo = holdProviders(stack);
    const release = await holdLock(cluster, node).finally(letGo);
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
function scriptWaits(cluster: Cluster, node: string, over: Over): Promise<boolean> {
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
