import { Cluster } from "./cluster";
import { problems } from "./kubernetes/health";
import { readState } from "./state";

export { Cluster } from "./cluster";
export { down } from "./down";
export { installRequirements } from "./installRequirements";
export { missingParts, type MissingParts } from "./parts/ensureParts";
export { listen, type Note } from "./progress";
export { expectedSeconds } from "./expected";
export { requirements } from "./requirements";
export type { Result } from "./run";
export type { ClusterOptions, ClusterVersions, HardWay, NodeRecord, Role } from "./state";
export { up, type UpOptions } from "./up";
export {
    type ContainerdMajor,
    KUBERNETES,
    type KubernetesMinor,
    KUBERNETES_MINORS,
    VERSIONS,
} from "./versions";

/** The cluster that runs, or undefined when there is none that can be used. */
export async function attach(): Promise<Cluster | undefined> {
    const state = readState();
    return state !== undefined && (await problems(state)).length === 0 ? new Cluster() : undefined;
}
