import { readFileSync, writeFileSync } from "node:fs";
import { isIPv6 } from "node:net";
import { HOST_LINK, type IpFamily, networksOf } from "./addresses";
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
/** The kernel's switches of a router; that of IPv6 is not there on every machine. */
const FORWARD =
    "for family in ipv4/ip_forward ipv6/conf/all/forwarding; do " +
    '[ ! -e "/proc/sys/net/$family" ] || echo 1 >"/proc/sys/net/$family"; done';
/** The other end of the machine's link, inside of the bridge's namespace. */
const MACHINE = "machine";

/**
 * Makes the network that the nodes are plugged into: a bridge in a network namespace of its own, held by one process, and one
 * link to the machine. Nothing else of it is on the machine: no bridge, no iptables rule, no forwarding.
 */
export async function startNetwork(family: IpFamily): Promise<void> {
    const networks = networksOf(family);
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
        ...networks.map(({ gateway, prefixLength }) => address(gateway, prefixLength, BRIDGE)),
        `link set ${BRIDGE} up`,
        `link add ${MACHINE} type veth peer name ${HOST_LINK} netns ${process.pid}`,
        `link set ${MACHINE} master ${BRIDGE} up`,
    ]);
    // A router without a way out refuses what is not for the cluster; a mere host would drop it, and its sender would wait.
    await inNetwork(holder, "sh", ["-c", FORWARD]);
    if (networks.some(({ host }) => isIPv6(host))) {
        allowIPv6();
    }
    const machine = [
        ...networks.map(({ host, prefixLength }) => address(host, prefixLength, HOST_LINK)),
        `link set ${HOST_LINK} up`,
    ];
    await run("ip", ["-batch", "-"], { input: lines(machine) });
}

/**
 * Adds addresses to the network, beside the gateway's. Returns a process in whose network namespace they are: what listens
 * there is in front of the nodes, and outlives them.
 */
export async function addToNetwork(addresses: string[]): Promise<number> {
    const holder = requireHolder();
    await ip(
        holder,
        addresses.map((added) => address(added, whole(added), BRIDGE)),
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
export async function plug(
    family: IpFamily,
    node: NodeRecord,
    init: number,
    others: NodeRecord[],
): Promise<void> {
    const networks = networksOf(family);
    const port = `port${node.number}`;
    const holder = requireHolder();
    // A node that was just powered off may have left its own: the kernel takes its time to remove a namespace.
    await inNetwork(holder, "ip", ["link", "delete", port], { allowFailure: true });
    await ip(holder, [
        `link add ${port} type veth peer name eth0 address ${hardwareAddress(node)} netns ${init}`,
        `link set ${port} master ${BRIDGE} up`,
    ]);
    await ip(init, [
        "link set lo up",
        ...networks.map(({ prefixLength }, at) =>
            address(node.ips[at] ?? "", prefixLength, "eth0"),
        ),
        ...(node.externalIp === undefined
            ? []
            : [address(node.externalIp, whole(node.externalIp), "eth0")]),
        "link set eth0 up",
        ...networks.map(({ gateway, everywhere }) => `route add ${everywhere} via ${gateway}`),
        ...others.flatMap((other) => podRoutes("replace", other)),
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
    const input = lines(podRoutes(verb, node));
    // A route that is not there, or no longer, is as good as deleted.
    const options = { input, allowFailure: verb === "delete" };
    const everywhere = [requireHolder(), ...inits];
    await run("ip", ["-batch", "-"], options);
    await Promise.all(everywhere.map((pid) => inNetwork(pid, "ip", ["-batch", "-"], options)));
}

/** The routes to a node's pods, each by the node's address of the same family. */
function podRoutes(verb: "replace" | "delete", { podCIDRs = [], ips }: NodeRecord): string[] {
    return podCIDRs.map((range) => {
        const via = ips.find((ip) => isIPv6(ip) === range.includes(":"));
        return `route ${verb} ${range} via ${via ?? ""}`;
    });
}

/** Nobody else has these addresses: there is no need to wait until IPv6 has asked around. */
function address(ip: string, prefixLength: number, link: string): string {
    return `addr add ${ip}/${prefixLength} dev ${link}${isIPv6(ip) ? " nodad" : ""}`;
}

/**
 * The same for each boot of a node: otherwise the machine and the other nodes go on sending to the one of the boot before, for up to
 * half a minute, until they have asked again who has the address.
 */
function hardwareAddress({ number }: NodeRecord): string {
    const [high, low] = [number >> 8, number & 0xff].map((byte) =>
        byte.toString(16).padStart(2, "0"),
    );
    return `02:00:00:00:${high ?? ""}:${low ?? ""}`;
}

/** The prefix length of an address that is no network's. */
function whole(ip: string): number {
    return isIPv6(ip) ? 128 : 32;
}

/** The machine may have it switched off for new links. */
function allowIPv6(): void {
    const file = `/proc/sys/net/ipv6/conf/${HOST_LINK}/disable_ipv6`;
    if (readFileSync(file, "utf8").trim() !== "0") {
        writeFileSync(file, "0");
    }
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
