import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { basename, join } from "node:path";
import { hostLinkOf } from "./addresses";
import { hierarchies } from "./host/hierarchies";
import { linkNames } from "./host/links";
import { settingsWithoutOthers } from "./machineSettings";
import { GROUP_NAME, OTHER_INSTANCES, STATE_DIRECTORY } from "./paths";

const OTHER_LINKS = OTHER_INSTANCES.map(hostLinkOf);
const NAMESPACES = ["mnt", "net", "pid", "uts", "ipc", "cgroup"];

/**
 * What this process's cluster could leave on a machine, kind by kind, each item in words that can be compared. Other clusters
 * of the machine may come and go meanwhile.
 */
export interface Inventory {
    mounts: string[];
    links: string[];
    routes: string[];
    groups: string[];
    processes: string[];
    settings: string[];
    files: string[];
}

/** Looks at the machine, not at the driver's own records. */
export function inventory(): Inventory {
    return {
        mounts: linesOf("/proc/self/mountinfo"),
        links: linkNames()
            .filter((link) => !OTHER_LINKS.includes(link))
            .sort(),
        // Link, destination, gateway, mask; the other columns count uses.
        routes: [
            ...columnsOf("/proc/net/route", [0, 1, 2, 7]),
            ...columnsOf("/proc/net/ipv6_route", [9, 0, 4, 1]),
        ].filter((route) => !OTHER_LINKS.includes(route.split(" ")[0] ?? "")),
        groups: hierarchies().flatMap(({ mountPoint }) => groupsBelow(mountPoint)),
        processes: processIds()
            .filter((pid) => isOfCluster(pid))
            .map((pid) => `${pid} ${nameOf(pid)}`),
        settings: Object.entries(settingsWithoutOthers()).map(
            ([name, value]) => `${name}=${value}`,
        ),
        files: readdirSync("/var/lib").filter((name) => name === basename(STATE_DIRECTORY)),
    };
}

/** What is in `after` and not in `before`, and the other way round. */
export function differences(before: Inventory, after: Inventory): string[] {
    return Object.keys(before).flatMap((name) => {
        const kind = name as keyof Inventory;
        const added = after[kind].filter((item) => !before[kind].includes(item));
        const removed = before[kind].filter((item) => !after[kind].includes(item));
        return [
            ...added.map((item) => `new in ${kind}: ${item}`),
            ...removed.map((item) => `gone from ${kind}: ${item}`),
        ];
    });
}

/** The namespaces that the cluster's processes have of their own. Others on the machine may make some, too. */
export function clusterNamespaces(): string[] {
    const ours = processIds().filter((pid) => isOfCluster(pid));
    const machine = namespacesOf("self");
    const own = ours.flatMap((pid) => namespacesOf(pid)).filter((name) => !machine.includes(name));
    return [...new Set(own)];
}

/** Which of these namespaces any process at all is still in. */
export function stillUsed(namespaces: string[]): string[] {
    const used = new Set(processIds().flatMap((pid) => namespacesOf(pid)));
    return namespaces.filter((name) => used.has(name)).map((name) => `still used: ${name}`);
}

function processIds(): string[] {
    return readdirSync("/proc").filter((name) => /^\d+$/.test(name));
}

function namespacesOf(pid: string): string[] {
    return NAMESPACES.flatMap((kind) => {
        try {
            return [readlinkSync(`/proc/${pid}/ns/${kind}`)];
        } catch {
            return []; // Gone.
        }
    });
}

/** Groups of the cluster, those below them included; others make theirs as they like. */
function groupsBelow(group: string): string[] {
    return readdirSync(group, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((path) => path.includes(GROUP_NAME));
}

function isOfCluster(pid: string): boolean {
    const facts = ["cgroup", "cmdline", "environ"].map((file) => textOf(`/proc/${pid}/${file}`));
    const [groups = "", ...others] = facts;
    return (
        groups.includes(GROUP_NAME) ||
        (pid !== String(process.pid) && others.some((text) => text.includes(STATE_DIRECTORY)))
    );
}

function nameOf(pid: string): string {
    return textOf(`/proc/${pid}/cmdline`).replaceAll("\0", " ").trim();
}

function linesOf(file: string): string[] {
    return textOf(file).trim().split("\n").sort();
}

function columnsOf(file: string, columns: number[]): string[] {
    return linesOf(file).map((line) => {
        const fields = line.trim().split(/\s+/);
        return columns.map((column) => fields[column] ?? "").join(" ");
    });
}

function textOf(file: string): string {
    try {
        return readFileSync(file, "utf8");
    } catch {
        return ""; // Gone, or not there on this machine.
    }
}
