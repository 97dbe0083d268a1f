import { rmSync } from "node:fs";
import { findBases, removeGroups } from "./host/groups";
import { locked, machineLocked } from "./host/lock";
import { leaveSysctls } from "./machineSettings";
import { removeLink } from "./network";
import { STATE, STATE_DIRECTORY } from "./paths";
import { progress } from "./progress";
import { readState } from "./state";

/** Removes the cluster, or whatever a run that was cut short has left of one. Nothing to remove is fine, too. */
export async function down(): Promise<void> {
    await locked(async () => {
        const done = progress("removing the cluster");
        await removeEverything();
        done();
    });
}

/**
 * All processes first: the kernel removes their mounts and network namespaces with them, as nobody else has any. None of this
 * needs a record of what was made, but for the machine's settings of before.
 */
export async function removeEverything(): Promise<void> {
    await removeGroups(findBases());
    await removeLink();
    await machineLocked(() => {
        leaveSysctls(readState());
        // From here on this cluster does not count for the others, even if the rest takes a second try.
        rmSync(STATE.file, { force: true });
    });
    rmSync(STATE_DIRECTORY, { recursive: true, force: true, maxRetries: 5 });
}
