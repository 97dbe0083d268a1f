import { STATE } from "../paths";
import { run, type RunOptions } from "../run";
import { environment } from "../host/environment";
import type { ClusterState } from "../state";

/** Runs the cluster's kubectl on the machine, as the cluster's administrator, and returns what it prints. */
export async function kubectl(
    state: ClusterState,
    args: readonly string[],
    options: Pick<RunOptions, "input" | "timeout"> = {},
): Promise<string> {
    const result = await run(state.parts.kubectl, [`--kubeconfig=${STATE.kubeconfig}`, ...args], {
        ...options,
        env: environment(),
    });
    return result.stdout;
}
