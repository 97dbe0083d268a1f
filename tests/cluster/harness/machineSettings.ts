import {
    restoreSysctls,
    setSysctls,
    type Sysctls,
    sysctlsOfInterest,
    sysctlsToChange,
} from "./host/sysctls";
import { type ClusterState, otherStates, readState } from "./state";

/**
 * Changes the machine's kernel settings for one more cluster. `record` gets them as they were before any cluster was there:
 * what another one has found and changed is told by its state. It comes before the change that it tells how to undo.
 */
export function takeSysctls(record: (before: Sysctls) => ClusterState): ClusterState {
    const state = record({ ...sysctlsToChange(), ...changedByOthers() });
    setSysctls();
    return state;
}

/** Puts the machine's settings back, unless another cluster is there that needs them: the last one does it. */
export function leaveSysctls(own: ClusterState | undefined): void {
    if (otherStates().length === 0) {
        restoreSysctls(own?.sysctls ?? {});
    }
}

/**
 * The machine's settings as they would be without its other clusters: what only those have changed, as it was before. This
 * process's own cluster needs all of them as they are.
 */
export function settingsWithoutOthers(): Sysctls {
    const others = readState() === undefined ? changedByOthers() : {};
    return { ...sysctlsOfInterest(), ...others };
}

function changedByOthers(): Sysctls {
    return Object.assign({}, ...otherStates().map(({ sysctls }) => sysctls)) as Sysctls;
}
