import { mkdirSync, writeFileSync } from "node:fs";
import { addressIn, externalAddressIn, freeNumber, networksOf } from "./addresses";
import { makeHardWay } from "./hardWay/hardWay";
import { findBases, removeGroups } from "./host/groups";
import { machineLocked } from "./host/lock";
import { takeSysctls } from "./machineSettings";
import { actAsCloud } from "./kubernetes/cloud";
import { untilReady } from "./kubernetes/health";
import { initialize, join, proxyKubeconfig, startProxy } from "./kubernetes/kubeadm";
import { connectPods } from "./kubernetes/podNetwork";
import { startNetwork } from "./network";
import { makeKeyPair } from "./node/keys";
import { createNode, shareHosts, startNode } from "./node/nodes";
import { ensureParts } from "./parts/ensureParts";
import { STATE } from "./paths";
import { progress, say } from "./progress";
import { takeSnapshot } from "./snapshot/snapshot";
import {
    type ClusterOptions,
    type ClusterState,
    type NodeRecord,
    nodeNameOf,
    type Role,
    withKubelet,
    withNode,
    writeState,
} from "./state";
import { CONTAINERD, KUBERNETES } from "./versions";

/** Makes a cluster where there is none. */
export async function create(options: ClusterOptions): Promise<void> {
    const parts = await ensureParts(options).catch(async (error: unknown) => {
        // What is built beside the one that failed would go on.
        await removeGroups(findBases());
        throw error;
    });
    const done = progress("bringing the cluster up");
    const machines = await boot(await prepare(options, parts));
    const cluster = { ...(await makeCluster(machines)), ready: true };
    await takeSnapshot(cluster);
    writeState(cluster);
    done();
}

/** The state comes before anything that it tells how to undo. */
async function prepare(
    options: ClusterOptions,
    parts: ClusterState["parts"],
): Promise<ClusterState> {
    const { version: kubernetes, etcd } = KUBERNETES[options.kubernetes];
    const versions = { kubernetes, etcd, containerd: CONTAINERD[options.containerd] };
    const empty = { format: 1 as const, options, versions, ready: false, nodes: [], parts };
    const state = await machineLocked(() =>
        takeSysctls((sysctls) => writeState({ ...empty, sysctls })),
    );
    mkdirSync(STATE.logs);
    return state;
}

/** Boots all nodes at once; each spends most of the time waiting. */
async function boot(prepared: ClusterState): Promise<ClusterState> {
    const clientKey = await makeKeyPair();
    writeFileSync(STATE.sshKey, clientKey.privateKey, { mode: 0o600 });
    writeFileSync(`${STATE.sshKey}.pub`, `${clientKey.publicKey}\n`);
    await startNetwork(prepared.options.ipFamily);
    let state = prepared;
    for (const [name, role] of firstNodes(state.options)) {
        state = await addNode(state, { name, role }, clientKey.publicKey);
    }
    writeState(state);
    await Promise.all(state.nodes.map((node) => startNode(state, node)));
    await shareHosts(state);
    say(`booted: ${state.nodes.map(({ name }) => name).join(", ")}`);
    return state;
}

function firstNodes({ controlPlanes, workers }: ClusterOptions): [string, Role][] {
    const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);
    return [
        ...numbers(controlPlanes).map((number): [string, Role] => [`cp${number}`, "controlPlane"]),
        ...numbers(workers).map((number): [string, Role] => [`w${number}`, "worker"]),
    ];
}

/** Adds a node that has a disk, but does not run yet. */
export async function addNode(
    state: ClusterState,
    { name, role }: { name: string; role: Role },
    clientKey: string,
): Promise<ClusterState> {
    const { ipFamily, firstAddress } = state.options;
    const taken = state.nodes.map((node) => node.number);
    const number = freeNumber(role, taken);
    const networks = networksOf(ipFamily);
    const [network] = networks;
    const place = {
        ...{ name, role, number },
        nodeName: nodeNameOf(state.options, name),
        ip: addressIn(network, number),
        ips: networks.map((each) => addressIn(each, number)),
        ...(firstAddress === "ExternalIP" && { externalIp: externalAddressIn(network, number) }),
    };
    return withNode(state, await createNode(state, place, clientKey));
}

async function makeCluster(booted: ClusterState): Promise<ClusterState> {
    if (booted.options.hardWay !== undefined) {
        await makeHardWay(booted);
        return connect(booted, withKubelet(booted));
    }
    const [first, ...others] = booted.nodes;
    if (first === undefined) {
        throw new Error("a cluster needs a control plane");
    }
    const secrets = await initialize(booted, first);
    say("kubeadm init is done");
    // One after the other: etcd takes in one new member at a time.
    for (const controlPlane of others.filter(({ role }) => role === "controlPlane")) {
        await join(booted, controlPlane, secrets);
        say(`${controlPlane.name} has joined`);
    }
    const workers = others.filter(({ role }) => role === "worker");
    await Promise.all(workers.map((worker) => join(booted, worker, secrets)));
    say("kubeadm join is done");
    const proxy = await proxyKubeconfig(booted, first);
    return finish(booted, booted.nodes, proxy);
}

/** Brings registered nodes to where they are of use: pods, services, Ready. */
export async function finish(
    registered: ClusterState,
    nodes: NodeRecord[],
    proxyKubeconfig: string,
): Promise<ClusterState> {
    for (const node of nodes) {
        await actAsCloud(registered, node);
        await startProxy(node, proxyKubeconfig);
    }
    return connect(registered, nodes);
}

/** The same for nodes whose kube-proxy runs. */
export async function connect(
    registered: ClusterState,
    nodes: NodeRecord[],
): Promise<ClusterState> {
    let state = registered;
    for (const node of nodes) {
        state = await connectPods(state, node);
    }
    await untilReady(state, nodes);
    return state;
}
