import { readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** A mounted cgroup hierarchy: one a controller (or a few) on version 1, the single one of version 2, or both kinds. */
export interface Hierarchy {
    version: 1 | 2;
    /** As /proc/self/cgroup has it: `memory`, `cpu,cpuacct`, `name=systemd`; empty on version 2. */
    controllers: string;
    mountPoint: string;
    /** The path inside of the hierarchy that the mount point shows; `/` but in containers. */
    root: string;
}

/** The hierarchies that this machine has mounted. */
export function hierarchies(): Hierarchy[] {
    return parseHierarchies(
        readFileSync("/proc/self/cgroup", "utf8"),
        readFileSync("/proc/self/mountinfo", "utf8"),
    );
}

/** Matches the hierarchies a process is in with the mounts that show them. */
export function parseHierarchies(cgroup: string, mountinfo: string): Hierarchy[] {
    const mounts = parseMounts(mountinfo);
    return controllerSets(cgroup).flatMap(({ controllers }) => {
        const version = controllers === "" ? 2 : 1;
        const mount = mounts.find((candidate) => {
            const wanted = controllers.split(",");
            return version === 2
                ? candidate.type === "cgroup2"
                : candidate.type === "cgroup" &&
                      wanted.every((controller) => candidate.options.includes(controller));
        });
        return mount === undefined
            ? []
            : [{ version, controllers, mountPoint: mount.mountPoint, root: mount.root }];
    });
}

/** The directory of a process's group in a hierarchy. */
export function groupOf(pid: number | "self", hierarchy: Hierarchy): string {
    const sets = controllerSets(readFileSync(`/proc/${pid}/cgroup`, "utf8"));
    const own = sets.find(({ controllers }) => controllers === hierarchy.controllers);
    const path = relative(hierarchy.root, own?.path ?? "/");
    // A group outside of what is mounted here is out of reach: the top of the mount is the nearest one.
    return path.startsWith("..") ? hierarchy.mountPoint : join(hierarchy.mountPoint, path);
}

function controllerSets(cgroup: string): { controllers: string; path: string }[] {
    return cgroup
        .trim()
        .split("\n")
        .map((line) => {
            const [, controllers = "", ...path] = line.split(":");
            return { controllers, path: path.join(":") };
        });
}

interface Mount {
    type: string;
    root: string;
    mountPoint: string;
    options: string[];
}

function parseMounts(mountinfo: string): Mount[] {
    return mountinfo
        .trim()
        .split("\n")
        .map((line) => {
            const [before = "", after = ""] = line.split(" - ");
            const [, , , root = "/", mountPoint = ""] = before.split(" ");
            const [type = "", , options = ""] = after.split(" ");
            return { type, root, mountPoint, options: options.split(",") };
        });
}
