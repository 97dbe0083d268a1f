import { untilApiServer, untilReady } from "../kubernetes/health";
import { freeLeases } from "../kubernetes/leases";
import { loadBalancerRuns } from "../loadBalancer/loadBalancer";
import { networkRuns, routePods } from "../network";
import { makeDisk, powerOff } from "../node/machine";
import { diskOf, startNode } from "../node/nodes";
import { atStandstill } from "../node/standstill";
import { progress, say } from "../progress";
import { type ClusterState, hasLoadBalancer, readState, withKubelet, writeState } from "../state";
import { endedCertificates } from "./certificates";
import { copyFromSnapshot, copyToSnapshot, discard, readSnapshot } from "./files";

/** What to do when a snapshot is of no use. */
const ANEW = "run `down`, then `up`";

/**
 * Keeps the cluster as it is, in place of an earlier snapshot. All nodes stand still for a moment, so that their disks are as
 * a power cut would leave them; nothing is restarted.
 */
export async function takeSnapshot(state: ClusterState): Promise<void> {
    const names = state.nodes.map(({ name }) => name);
    await atStandstill(names, () => {
        say("all nodes stand still");
        return copyToSnapshot(state);
    });
    say("the snapshot is taken");
}

/**
 * Brings the cluster back to its snapshot, whatever has become of it: cuts the power of all nodes, gives them the disks that
 * they had, and boots them. Nodes that came later are gone, those that left are back. Done when all are Ready. A run that does
 * not come to its end leaves a cluster that `up` makes anew, or another run brings back.
 */
export async function restoreSnapshot(): Promise<void> {
    const { snapshot, now } = usable();
    writeState({ ...now, ready: false });
    const done = progress("restoring the snapshot");
    const names = new Set([...now.nodes, ...snapshot.nodes].map(({ name }) => name));
    await Promise.all([...names].map(powerOff));
    // A Node tells whole seconds.
    const since = Math.ceil(Date.now() / 1000) * 1000;
    await copyFromSnapshot(snapshot);
    await moveRoutes(now, snapshot);
    await Promise.all([
        discard(),
        ...snapshot.nodes.map((node) => {
            makeDisk(diskOf(node.name));
            return startNode(snapshot, node);
        }),
    ]);
    await untilApiServer(snapshot);
    await Promise.all([freeLeases(snapshot), untilReady(snapshot, withKubelet(snapshot), since)]);
    writeState(snapshot);
    done();
}

/** The snapshot, and the state of what is there. What does not mend itself is found before anything is changed. */
function usable(): { snapshot: ClusterState; now: ClusterState } {
    const now = readState();
    if (now === undefined) {
        throw new Error("no cluster is up");
    }
    const snapshot = readSnapshot();
    if (snapshot === undefined) {
        const why = now.ready ? "an older driver brought it up" : "it never came up completely";
        throw new Error(`this cluster has no snapshot: ${why}; ${ANEW}`);
    }
    if (!networkRuns() || (hasLoadBalancer(snapshot.options) && !loadBalancerRuns())) {
        throw new Error(`the cluster's network or its load balancer is gone; ${ANEW}`);
    }
    const ended = endedCertificates(snapshot, new Date());
    if (ended.length > 0) {
        throw new Error(`the snapshot is too old: ${ended.join(", ")}; ${ANEW}`);
    }
    return { snapshot, now };
}

/** The machine's and the network's routes to pods, where they are others; the nodes get theirs when they boot. */
async function moveRoutes(now: ClusterState, snapshot: ClusterState): Promise<void> {
    const known = now.nodes.map((node) => JSON.stringify(node));
    const wanted = snapshot.nodes.map((node) => JSON.stringify(node));
    for (const node of now.nodes.filter((_, at) => !wanted.includes(known[at] ?? ""))) {
        await routePods("delete", node, []);
    }
    for (const node of snapshot.nodes.filter((_, at) => !known.includes(wanted[at] ?? ""))) {
        await routePods("replace", node, []);
    }
}
