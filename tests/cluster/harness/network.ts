import { ADDRESSES, bridgePort, HOST_LINK } from "./addresses";
import { BUDGETS, found, notYet, until } from "./budgets";
import { environment } from "./host/environment";
import { findGroup, makeGroup, members } from "./host/groups";
import { linkNames } from "./host/links";
import { hasOwn } from "./host/processes";
import { nodeLog, script } from "./paths";
import { run, type RunOptions, start } from "./run";
import type { NodeRecord } from "./state";

/** The group of the process that keeps the network's namespace alive. */
const GROUP = "network";
/** The bridge, inside of its namespace. */
const BRIDGE = "bridge0";
/** The other end of the machine's link, inside of the bridge's namespace. */
const MACHINE = "machine";

/**
 * Makes the network that the nodes are plugged into: a bridge in a network namespace of its own, held by one process, and one
 * link to the machine. Nothing else of it is on the machine: no bridge, no iptables rule, no forwarding.
 */
export async function startNetwork(): Promise<void> {
    const join = [script("join.sh"), ...makeGroup(GROUP), "--"];
    start("sh", [...join, "unshare", "--net", "--", "sleep", "infinity"], {
        env: environment(),
        log: nodeLog("network"),
    });
    const holder = await until("the network's namespace", BUDGETS.process, () => {
        const pid = findHolder();
        return pid === undefined ? notYet("no process in it") : found(pid);
    });
    await ip(holder, [
        "link set lo up",
        `link add ${BRIDGE} type bridge`,
        `addr add ${ADDRESSES.gateway}/24 dev ${BRIDGE}`,
        `link set ${BRIDGE} up`,
        `link add ${MACHINE} type veth peer name ${HOST_LINK} netns ${process.pid}`,
        `link set ${MACHINE} master ${BRIDGE} up`,
    ]);
    // A router without a way out refuses what is not for the cluster; a mere host would drop it, and its sender would wait.
    await inNetwork(holder, "sh", ["-c", "echo 1 >/proc/sys/net/ipv4/ip_forward"]);
    await run("ip", ["addr", "add", `${ADDRESSES.host}/24`, "dev", HOST_LINK]);
    await run("ip", ["link", "set", HOST_LINK, "up"]);
}

/**
 * Adds addresses to the network, beside the gateway's. Returns a process in whose network namespace they are: what listens
 * there is in front of the nodes, and outlives them.
 */
export async function addToNetwork(addresses: string[]): Promise<number> {
    const holder = requireHolder();
    await ip(
        holder,
        addresses.map((address) => `addr add ${address}/24 dev ${BRIDGE}`),
    );
    return holder;
}

/** Whether the network is there. */
export function networkRuns(): boolean {
    return findHolder() !== undefined && linkExists();
}

/** Removes the machine's link, should it have outlived the namespace for a moment. */
export async function removeLink(): Promise<void> {
    await run("ip", ["link", "delete", HOST_LINK], { allowFailure: true });
    await until("the cluster's network link to be gone", BUDGETS.gone, () =>
        linkExists() ? notYet(`${HOST_LINK} is there`) : found(true),
    );
}

/** Gives a node, known by the process that is to become its init, its interface, address and routes. */
export async function plug(node: NodeRecord, init: number, others: NodeRecord[]): Promise<void> {
    const port = bridgePort(node.ip);
    const holder = requireHolder();
    // A node that was just powered off may have left its own: the kernel takes its time to remove a namespace.
    await inNetwork(holder, "ip", ["link", "delete", port], { allowFailure: true });
    await ip(holder, [
        `link add ${port} type veth peer name eth0 netns ${init}`,
        `link set ${port} master ${BRIDGE} up`,
    ]);
    await ip(init, [
        "link set lo up",
        `addr add ${node.ip}/24 dev eth0`,
        "link set eth0 up",
        `route add default via ${ADDRESSES.gateway}`,
        ...others.flatMap((other) => podRoute("replace", other)),
    ]);
}

/**
 * Makes a node's pods reachable from the machine, from the other nodes, given by their inits, and from the gateway, so that its
 * refusals reach them; or takes that back.
 */
export async function routePods(
    verb: "replace" | "delete",
    node: NodeRecord,
    inits: number[],
): Promise<void> {
    const input = lines(podRoute(verb, node));
    // A route that is not there, or no longer, is as good as deleted.
    const options = { input, allowFailure: verb === "delete" };
    const everywhere = [requireHolder(), ...inits];
    await run("ip", ["-batch", "-"], options);
    await Promise.all(everywhere.map((pid) => inNetwork(pid, "ip", ["-batch", "-"], options)));
}

function podRoute(verb: "replace" | "delete", node: NodeRecord): string[] {
    return node.podCIDR === undefined ? [] : [`route ${verb} ${node.podCIDR} via ${node.ip}`];
}

function findHolder(): number | undefined {
    return findGroup(GROUP)
        .flatMap((group) => members(group))
        .find((pid) => hasOwn("net", pid));
}

function requireHolder(): number {
    const holder = findHolder();
    if (holder === undefined) {
        throw new Error("the cluster's network is gone; run `down`, then `up`");
    }
    return holder;
}

function linkExists(): boolean {
    return linkNames().includes(HOST_LINK);
}

/** Runs commands of ip(8) in the network namespace of a process. */
async function ip(pid: number, commands: string[]): Promise<void> {
    await inNetwork(pid, "ip", ["-batch", "-"], { input: lines(commands) });
}

async function inNetwork(
    pid: number,
    command: string,
    args: string[],
    options: RunOptions = {},
): Promise<void> {
    await run("nsenter", [`--target=${pid}`, "--net", command, ...args], options);
}

function lines(commands: string[]): string {
    return commands.map((command) => `${command}\n`).join("");
}
