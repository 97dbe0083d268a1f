import { rmSync } from "node:fs";
import { join } from "node:path";
import { networksOf } from "../addresses";
import { longStep } from "../host/longStep";
import { plug } from "../network";
import { nodeLog, STATE } from "../paths";
import type { ClusterState, NodeRecord, Role } from "../state";
import { writeIdentity } from "./disk";
import { makeKeyPair } from "./keys";
import { boot, CONTAINERD, execute, initOf, makeDisk, untilBooted } from "./machine";

/** What a node runs before Kubernetes does. */
const BASE_UNITS = ["ssh.service", CONTAINERD];

/** Units of Debian that a node does not have. A control plane that is made the hard way runs no containers. */
function maskedUnits({ options }: ClusterState, role: Role): string[] {
    return options.hardWay !== undefined && role === "controlPlane" ? [CONTAINERD] : [];
}

/**
 * /etc/hosts of every node: there is no other way that names are resolved. Where Kubernetes calls the nodes otherwise, nobody
 * knows that name's address.
 */
function hostsFile({ options, nodes }: Pick<ClusterState, "options" | "nodes">): string {
    const loopback = {
        ipv4: ["127.0.0.1"],
        ipv6: ["::1", "127.0.0.1"],
        dual: ["127.0.0.1", "::1"],
    };
    const local = loopback[options.ipFamily].map((ip) => `${ip} localhost`);
    const entries = nodes.flatMap(({ ips, name }) => ips.map((ip) => `${ip} ${name}`));
    return [...local, ...entries, ""].join("\n");
}

/** Makes the disk of a new node, with an SSH host key of its own. */
export async function createNode(
    state: ClusterState,
    place: Omit<NodeRecord, "hostKey">,
    clientKey: string,
): Promise<NodeRecord> {
    const hostKey = await makeKeyPair();
    const node = { ...place, hostKey: hostKey.publicKey };
    const directory = diskOf(node.name);
    makeDisk(directory);
    const hosts = hostsFile({ ...state, nodes: [...state.nodes, node] });
    const podSubnets = networksOf(state.options.ipFamily).map(({ podSubnet }) => podSubnet);
    const { name, nodeName } = node;
    const identity = {
        ...{ name, nodeName, hostKey, clientKey, hosts },
        podSubnet: podSubnets.join(","),
        isKubeadm: state.options.hardWay === undefined,
        masked: maskedUnits(state, node.role),
    };
    writeIdentity(join(directory, "upper"), identity, state.options);
    await copyContent(state.parts.containerd, join(directory, "containerd"));
    return node;
}

/** Boots a node that has a disk and waits until it can be worked with. */
export async function startNode(state: ClusterState, node: NodeRecord): Promise<void> {
    const others = state.nodes.filter(({ name }) => name !== node.name);
    const machine = {
        name: node.name,
        directory: diskOf(node.name),
        lowers: lowersOf(state, node),
    };
    await boot(machine, nodeLog(node.name), (init) =>
        plug(state.options.ipFamily, node, init, others),
    );
    const masked = maskedUnits(state, node.role);
    const units = BASE_UNITS.filter((unit) => !masked.includes(unit));
    await untilBooted(node.name, nodeLog(node.name), units);
}

/** The lower layers of a node's disk. They are never exchanged under a disk that was written to. */
export function lowersOf(
    { parts }: Pick<ClusterState, "parts">,
    { role, lowers }: NodeRecord,
): string[] {
    return lowers ?? parts.lowers[role];
}

/** Deletes what a node, no longer running, has left on the machine. */
export function deleteDisk(name: string): void {
    rmSync(diskOf(name), { recursive: true, force: true });
}

/** Tells all running nodes all nodes' names. */
export async function shareHosts(state: ClusterState): Promise<void> {
    const running = state.nodes.filter(({ name }) => initOf(name) !== undefined);
    const input = hostsFile(state);
    await Promise.all(running.map(({ name }) => execute(name, ["tee", "/etc/hosts"], { input })));
}

/** The folder of a node's disk. */
export function diskOf(name: string): string {
    return join(STATE.nodes, name);
}

/**
 * Fills a node's /var/lib/containerd. Blobs and unpacked layers are never written to, so nodes share them through hard links
 * where the file system allows it; containerd's databases are written to, and copied.
 */
async function copyContent(content: string, target: string): Promise<void> {
    const link = ["--archive", "--link", `${content}/.`, target];
    const linked = await longStep("cp", link, { allowFailure: true });
    if (linked.code !== 0) {
        await longStep("cp", ["--archive", `${content}/.`, target]);
        return;
    }
    const { stdout } = await longStep("find", [content, "-name", "*.db", "-printf", "%P\\n"]);
    for (const database of stdout.trim().split("\n")) {
        const copy = ["--remove-destination", join(content, database), join(target, database)];
        await longStep("cp", ["--archive", ...copy]);
    }
}
