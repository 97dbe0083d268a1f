import {
    existsSync,
    mkdirSync,
    readFileSync,
    readdirSync,
    rmdirSync,
    writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { BUDGETS, found, notYet, until } from "../budgets";
import { GROUP_NAME } from "../paths";
import { groupOf, hierarchies, type Hierarchy } from "./hierarchies";

/** What version 2 must hand down for a kubelet; version 1 has each in a hierarchy of its own. */
const DELEGATED = ["cpuset", "cpu", "io", "memory", "pids"];

/** The group of the processes that serve the cluster from outside of its nodes, or prepare it. */
export const DRIVER_GROUP = "driver";

/**
 * Makes a group below the cluster's own in every hierarchy and returns its directories. The cluster's group is a child of the
 * driver's group, so that limits set from outside hold for the cluster too; a later run finds the one that is there.
 */
export function makeGroup(name: string): string[] {
    return hierarchies().map((hierarchy) => {
        const base = findBase(hierarchy) ?? join(parentOfBase(hierarchy), GROUP_NAME);
        mkdirSync(base, { recursive: true });
        hand(hierarchy, dirname(base), base);
        const group = join(base, name);
        mkdirSync(group, { recursive: true });
        hand(hierarchy, base, group);
        return group;
    });
}

/** The directories of a group that exist. */
export function findGroup(name: string): string[] {
    return findBases()
        .map((base) => join(base, name))
        .filter((group) => existsSync(group));
}

/** The cluster's groups, found by their name alone: no record of an earlier run is needed. */
export function findBases(): string[] {
    return hierarchies()
        .map((hierarchy) => findBase(hierarchy))
        .filter((base) => base !== undefined);
}

/** The groups that a process is in, to join it there. */
export function groupsOf(pid: number): string[] {
    return hierarchies().map((hierarchy) => groupOf(pid, hierarchy));
}

/** The processes in a group and in all groups below it. */
export function members(group: string): number[] {
    try {
        const own = readFileSync(join(group, "cgroup.procs"), "utf8").split("\n");
        const below = children(group).flatMap((child) => members(child));
        return [...own.filter((pid) => pid !== "" && pid !== "0").map(Number), ...below];
    } catch {
        return []; // Removed while it was looked at.
    }
}

/** Kills everything in the groups, waits until it is gone and removes them. */
export async function removeGroups(groups: string[]): Promise<void> {
    await until("the cluster's processes to be gone", BUDGETS.gone, () => {
        const alive = [...new Set(groups.flatMap((group) => members(group)))];
        alive.forEach(kill);
        return alive.length === 0 ? found(true) : notYet(`processes ${alive.join(", ")}`);
    });
    await until("the cluster's control groups to be gone", BUDGETS.gone, () => {
        groups.forEach(removeTree);
        const left = groups.filter((group) => existsSync(group));
        return left.length === 0 ? found(true) : notYet(left.join(", "));
    });
}

function kill(pid: number): void {
    try {
        process.kill(pid, "SIGKILL");
    } catch {
        // Gone by itself.
    }
}

function removeTree(group: string): void {
    try {
        children(group).forEach(removeTree);
        rmdirSync(group);
    } catch {
        // Gone already, or busy for a moment: the caller looks again.
    }
}

function children(group: string): string[] {
    try {
        return readdirSync(group, { withFileTypes: true })
            .filter((entry) => entry.isDirectory())
            .map((entry) => join(group, entry.name));
    } catch {
        return []; // Removed while it was looked at.
    }
}

/** The cluster's group in a hierarchy, wherever the run that made it stood. */
function findBase(hierarchy: Hierarchy): string | undefined {
    const queue = [hierarchy.mountPoint];
    for (let group = queue.shift(); group !== undefined; group = queue.shift()) {
        const below = children(group);
        const base = below.find((child) => child.endsWith(`/${GROUP_NAME}`));
        if (base !== undefined) {
            return base;
        }
        queue.push(...below);
    }
    return undefined;
}

/**
 * Where the cluster's group goes. On version 2 a group with processes cannot hand controllers down, so it is the nearest group
 * above the driver that already does, or the top.
 */
function parentOfBase(hierarchy: Hierarchy): string {
    let group = groupOf("self", hierarchy);
    const wanted = delegated(hierarchy);
    while (group !== hierarchy.mountPoint) {
        const handed = words(join(group, "cgroup.subtree_control"));
        if (hierarchy.version === 1 || wanted.every((controller) => handed.includes(controller))) {
            return group;
        }
        group = dirname(group);
    }
    return group;
}

/** Makes a new group usable: cpusets start empty on version 1, controllers are off on version 2. */
function hand(hierarchy: Hierarchy, parent: string, group: string): void {
    if (hierarchy.version === 1 && hierarchy.controllers.split(",").includes("cpuset")) {
        for (const file of ["cpuset.cpus", "cpuset.mems"]) {
            writeFileSync(join(group, file), readFileSync(join(parent, file)));
        }
    }
    if (hierarchy.version === 2) {
        const handed = words(join(parent, "cgroup.subtree_control"));
        const missing = delegated(hierarchy).filter((controller) => !handed.includes(controller));
        if (missing.length > 0) {
            const wish = missing.map((controller) => `+${controller}`).join(" ");
            handDown(parent, wish);
        }
    }
}

function handDown(group: string, wish: string): void {
    try {
        writeFileSync(join(group, "cgroup.subtree_control"), wish);
    } catch (error) {
        const why = "as in a container, the control group's own processes are in the way";
        throw new Error(`${group} does not hand down ${wish}: ${why}`, { cause: error });
    }
}

/** Those of the wanted controllers that version 2 has here: none of them where version 1 has them. */
function delegated(hierarchy: Hierarchy): string[] {
    const here = words(join(hierarchy.mountPoint, "cgroup.controllers"));
    return DELEGATED.filter((controller) => here.includes(controller));
}

function words(file: string): string[] {
    return existsSync(file) ? readFileSync(file, "utf8").trim().split(/\s+/) : [];
}
