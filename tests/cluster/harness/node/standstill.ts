import { BUDGETS, found, notYet, until } from "../budgets";
import { findGroup, members } from "../host/groups";
import { isAtWork } from "../host/processes";
import { groupName } from "./machine";

/**
 * Runs `work` while nothing on these nodes does anything, so that their disks are as at one moment: as after a power cut. A
 * signal does it and not the freezer, whose processes cannot be killed: whatever becomes of the driver, `down` removes them.
 */
export async function atStandstill<T>(names: string[], work: () => Promise<T>): Promise<T> {
    const groups = names.flatMap((name) => findGroup(groupName(name)));
    const stopped = new Set<number>();
    try {
        await until("the nodes to stand still", BUDGETS.standstill, () => {
            const busy = [...new Set(groups.flatMap((group) => members(group)))].filter(isAtWork);
            for (const pid of busy) {
                signal(pid, "SIGSTOP");
                stopped.add(pid);
            }
            return busy.length === 0 ? found(true) : notYet(`processes ${busy.join(", ")}`);
        });
        return await work();
    } finally {
        stopped.forEach((pid) => {
            signal(pid, "SIGCONT");
        });
    }
}

function signal(pid: number, name: NodeJS.Signals): void {
    try {
        process.kill(pid, name);
    } catch {
        // Gone by itself.
    }
}
