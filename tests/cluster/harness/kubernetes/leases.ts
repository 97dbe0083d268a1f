import type { ClusterState } from "../state";
import { kubectl } from "./kubectl";

/** Who does nothing without a lease of 15 seconds. */
const LEADERS = ["kube-controller-manager", "kube-scheduler"];

/** Deletes the leases of leaders that are gone: those that have come in their place would wait for the leases to run out. */
export async function freeLeases(state: ClusterState): Promise<void> {
    const leases = ["delete", "lease", "--namespace=kube-system", "--ignore-not-found"];
    await kubectl(state, [...leases, ...LEADERS]);
}
