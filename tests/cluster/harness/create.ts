import { mkdirSync, writeFileSync } from "node:fs";
import { CONTROL_PLANE_IP, freeWorkerAddress } from "./addresses";
import { findBases, removeGroups } from "./host/groups";
import { machineLocked } from "./host/lock";
import { takeSysctls } from "./machineSettings";
import { untilReady } from "./kubernetes/health";
import { initialize, join, proxyKubeconfig, startProxy } from "./kubernetes/kubeadm";
import { connectPods } from "./kubernetes/podNetwork";
import { startNetwork } from "./network";
import { makeKeyPair } from "./node/keys";
import { createNode, shareHosts, startNode } from "./node/nodes";
import { ensureParts } from "./parts/ensureParts";
import { STATE } from "./paths";
import { progress, say } from "./progress";
import {
    type ClusterOptions,
    type ClusterState,
    type NodeRecord,
    withNode,
    writeState,
} from "./state";

/** Makes a cluster where there is none. */
export async function create(options: ClusterOptions): Promise<void> {
    const parts = await ensureParts().catch(async (error: unknown) => {
        // What is built beside the one that failed would go on.
        await removeGroups(findBases());
        throw error;
    });
    const done = progress("bringing the cluster up");
    const machines = await boot(await prepare(options, parts));
    const cluster = await makeCluster(machines);
    writeState({ ...cluster, ready: true });
    done();
}

/** The state comes before anything that it tells how to undo. */
async function prepare(
    options: ClusterOptions,
    parts: ClusterState["parts"],
): Promise<ClusterState> {
    const empty = { format: 1 as const, options, ready: false, nodes: [], parts };
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
    await startNetwork();
    let state = await addNode(prepared, "cp1", clientKey.publicKey);
    for (let number = 1; number <= state.options.workers; number++) {
        state = await addNode(state, `w${number}`, clientKey.publicKey);
    }
    writeState(state);
    await Promise.all(state.nodes.map((node) => startNode(state, node)));
    await shareHosts(state);
    say(`booted: ${state.nodes.map(({ name }) => name).join(", ")}`);
    return state;
}

/** Adds a node that has a disk, but does not run yet. */
export async function addNode(
    state: ClusterState,
    name: string,
    clientKey: string,
): Promise<ClusterState> {
    const taken = state.nodes.map(({ ip }) => ip);
    const where =
        taken.length === 0
            ? ({ ip: CONTROL_PLANE_IP, role: "controlPlane" } as const)
            : ({ ip: freeWorkerAddress(taken), role: "worker" } as const);
    return withNode(state, await createNode(state, { name, ...where }, clientKey));
}

async function makeCluster(booted: ClusterState): Promise<ClusterState> {
    const [controlPlane, ...workers] = booted.nodes;
    if (controlPlane === undefined) {
        throw new Error("a cluster needs a control plane");
    }
    const token = await initialize(booted, controlPlane);
    say("kubeadm init is done");
    await Promise.all(workers.map((worker) => join(worker, token)));
    say("kubeadm join is done");
    const proxy = await proxyKubeconfig(controlPlane);
    return finish(booted, booted.nodes, proxy);
}

/** Brings registered nodes to where they are of use: pods, services, Ready. */
export async function finish(
    registered: ClusterState,
    nodes: NodeRecord[],
    proxyKubeconfig: string,
): Promise<ClusterState> {
    let state = registered;
    for (const node of nodes) {
        await startProxy(node, proxyKubeconfig);
        state = await connectPods(state, node);
    }
    await untilReady(state, nodes);
    return state;
}
