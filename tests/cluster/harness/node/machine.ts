import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { BUDGETS, found, GiveUp, notYet, until } from "../budgets";
import { environment } from "../host/environment";
import {
    DRIVER_GROUP,
    findGroup,
    groupsOf,
    makeGroup,
    members,
    removeGroups,
} from "../host/groups";
import { hierarchies } from "../host/hierarchies";
import { hasOwn, isInit, nameOf } from "../host/processes";
import { script } from "../paths";
import { run, start, type Result, type RunOptions } from "../run";

/** The unit that runs containers. */
export const CONTAINERD = "containerd.service";

/** A node's disk, and what it shares with others. */
export interface Machine {
    name: string;
    /** Holds upper, work, root, containerd and kubelet, see init.sh. */
    directory: string;
    /** Root file systems that are shared and never written to, the topmost first. */
    lowers: string[];
}

/** Makes the folders that a node's disk consists of. */
export function makeDisk(directory: string): void {
    for (const part of ["upper", "work", "root", "containerd", "kubelet"]) {
        mkdirSync(join(directory, part), { recursive: true });
    }
}

/**
 * Boots a node: systemd as PID 1 in mount, PID, network, UTS, IPC and cgroup namespaces of its own. `plug` gives it its
 * network interface, before anything of it runs.
 */
export async function boot(
    machine: Machine,
    log: string,
    plug: (init: number) => Promise<void>,
): Promise<void> {
    const kinds = hierarchies();
    const version1 = kinds.filter(({ version }) => version === 1);
    const version2 = kinds.some(({ version }) => version === 2);
    // The order matters. The parent stays outside of the node's group, where version 2 suffers no process that systemd cannot
    // move; the child enters it before the cgroup namespace is made, which is what makes the group the namespace's top.
    const parent = [script("join.sh"), ...makeGroup(DRIVER_GROUP), "--"];
    const child = ["sh", script("join.sh"), ...makeGroup(groupName(machine.name)), "--"];
    const spaces = ["--mount", "--uts", "--ipc", "--net", "--cgroup", "--propagation", "private"];
    const daemon = start(
        "sh",
        [
            ...[...parent, "unshare", "--pid", "--fork", "--kill-child", "--"],
            ...[...child, "unshare", ...spaces, "--", "sh", script("init.sh")],
        ],
        {
            env: environment({
                NODE_DIRECTORY: machine.directory,
                NODE_LOG: log,
                LOWER: machine.lowers.join(":"),
                CGROUP_V1: version1.map(({ controllers }) => controllers).join(" "),
                CGROUP_V2: version2 ? (version1.length > 0 ? "unified" : "only") : "none",
            }),
            log,
        },
    );
    const init = await until(`${machine.name}'s namespaces`, BUDGETS.process, () => {
        const pid = initOf(machine.name);
        return pid === undefined || !hasOwn("net", pid) ? notYet("not made") : found(pid);
    });
    await plug(init);
    daemon.say("go");
}

/** Waits until a node that boots has started these units. */
export async function untilBooted(name: string, log: string, units: string[]): Promise<void> {
    await until(`${name} to boot`, BUDGETS.boot, async () => {
        if (initOf(name) === undefined) {
            throw new GiveUp(`${name} died while it booted; its log is ${log}`);
        }
        const command = ["systemctl", "is-active", ...units];
        const { stdout, stderr, code } = await execute(name, command, { allowFailure: true });
        const seen = (stdout.trim() === "" ? stderr : stdout).trim().replace(/\n/g, ", ");
        return code === 0 ? found(true) : notYet(`${units.join(", ")}: ${seen}`);
    });
    if (units.includes(CONTAINERD)) {
        await untilContainerd(name);
    }
}

/** containerd calls itself started a moment before its socket is there. */
async function untilContainerd(name: string): Promise<void> {
    await until(`containerd of ${name} to answer`, BUDGETS.boot, async () => {
        const command = ["ctr", "--timeout=5s", "version"];
        const { stderr, code } = await execute(name, command, { allowFailure: true });
        return code === 0 ? found(true) : notYet(stderr.trim());
    });
}

/** The process that is PID 1 of a node (systemd, or on its way there), or undefined when the node does not run. */
export function initOf(name: string): number | undefined {
    return findGroup(groupName(name))
        .flatMap((group) => members(group))
        .find((pid) => isInit(pid));
}

/** Runs a command as root in all namespaces of a node, and in the control group of its PID 1, so that it ends with the node. */
export async function execute(
    name: string,
    command: readonly string[],
    options: RunOptions = {},
): Promise<Result> {
    const title = `on ${name}: ${command.join(" ")}`;
    return run("sh", entering(name, command), { ...options, title, env: environment() });
}

/** The arguments with which a shell runs a command in a node. */
function entering(name: string, command: readonly string[]): string[] {
    const init = initOf(name);
    // Before it is systemd, its root directory is the machine's.
    if (init === undefined || nameOf(init) !== "systemd") {
        throw new Error(`node ${name} ${init === undefined ? "does not run" : "is still booting"}`);
    }
    const spaces = ["--mount", "--pid", "--uts", "--ipc", "--net", "--cgroup", "--root", "--wd"];
    const enter = ["nsenter", `--target=${init}`, ...spaces, "--"];
    return [script("join.sh"), ...groupsOf(init), "--", ...enter, ...command];
}

/** Cuts a node's power: all of its processes, mounts and namespaces are gone afterwards. Its disk stays. */
export async function powerOff(name: string): Promise<void> {
    await removeGroups(findGroup(groupName(name)));
}

/** The control group of a node. */
export function groupName(name: string): string {
    return `node-${name}`;
}
