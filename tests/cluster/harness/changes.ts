import { readFileSync } from "node:fs";
import { addNode, connect, finish } from "./create";
import { joinHardWay } from "./hardWay/hardWay";
import { untilApiServer, untilKubelet, untilReady } from "./kubernetes/health";
import { createToken, join, proxyKubeconfig } from "./kubernetes/kubeadm";
import { kubectl } from "./kubernetes/kubectl";
import { initsOf } from "./kubernetes/podNetwork";
import { routePods } from "./network";
import { initOf, powerOff as machinePowerOff } from "./node/machine";
import { deleteDisk, shareHosts, startNode } from "./node/nodes";
import { STATE } from "./paths";
import { say } from "./progress";
import {
    type ClusterState,
    type NodeRecord,
    nodeNameOf,
    readState,
    withKubelet,
    writeState,
} from "./state";

/** The state of the running cluster. */
export function currentState(): ClusterState {
    const state = readState();
    if (!state?.ready) {
        throw new Error("no cluster is up");
    }
    return state;
}

/** The record of a node. */
export function nodeNamed(state: ClusterState, name: string): NodeRecord {
    const node = state.nodes.find((candidate) => candidate.name === name);
    if (node === undefined) {
        const known = state.nodes.map((candidate) => candidate.name).join(", ");
        throw new Error(`there is no node ${name}; there are ${known}`);
    }
    return node;
}

/** Boots a new node and has it join the cluster. A failure leaves the cluster as it was. */
export async function addWorker(name: string): Promise<NodeRecord> {
    const before = currentState();
    if (!/^[a-z][a-z0-9-]{0,30}$/.test(name) || before.nodes.some((node) => node.name === name)) {
        throw new Error(`${name} cannot be the name of a new node`);
    }
    // A run that was killed may have left one.
    await erase(before, name);
    try {
        const after = writeState(await joined(before, name));
        say(`${name} has joined`);
        return nodeNamed(after, name);
    } catch (error) {
        await erase(before, name);
        throw error;
    }
}

async function joined(before: ClusterState, name: string): Promise<ClusterState> {
    const clientKey = readFileSync(`${STATE.sshKey}.pub`, "utf8").trim();
    const state = await addNode(before, { name, role: "worker" }, clientKey);
    const node = nodeNamed(state, name);
    const controlPlane = runningControlPlane(state);
    await startNode(state, node);
    await shareHosts(state);
    if (state.options.hardWay !== undefined) {
        await joinHardWay(state, node);
        return connect(state, [node]);
    }
    await join(state, node, { token: await createToken(controlPlane) });
    return finish(state, [node], await proxyKubeconfig(state, controlPlane));
}

/** Takes a worker out of the cluster and deletes it. */
export async function removeNode(name: string): Promise<void> {
    const state = currentState();
    const node = nodeNamed(state, name);
    if (node.role === "controlPlane") {
        throw new Error(`${name} is a control plane; remove the cluster (down) instead`);
    }
    const left = { ...state, nodes: state.nodes.filter((other) => other.name !== name) };
    await erase(left, name);
    await routePods("delete", node, initsOf(left));
    writeState(left);
    say(`${name} is removed`);
}

/** Removes all of a node that is not, or no longer, in the state. */
async function erase(state: ClusterState, name: string): Promise<void> {
    await kubectl(state, ["delete", "node", nodeNameOf(state.options, name), "--ignore-not-found"]);
    await machinePowerOff(name);
    deleteDisk(name);
    await shareHosts(state);
}

/** Cuts a node's power and boots it again from the same disk. */
export async function reboot(name: string): Promise<void> {
    await cutPower(name);
    await boot(name);
    say(`${name} has rebooted`);
}

/** Cuts a node's power. Done when the API answers, if there is a control plane left. */
export async function powerOff(name: string): Promise<void> {
    const state = currentState();
    await cutPower(name);
    if (state.nodes.some((node) => node.role === "controlPlane" && runs(node))) {
        await untilApiServer(state);
    }
    say(`${name} is off`);
}

/** Boots a node that is off, from the disk that it had. Done when it is Ready. */
export async function powerOn(name: string): Promise<void> {
    if (runs(nodeNamed(currentState(), name))) {
        throw new Error(`${name} is on`);
    }
    await boot(name);
    say(`${name} is on`);
}

async function cutPower(name: string): Promise<void> {
    nodeNamed(currentState(), name);
    await machinePowerOff(name);
}

async function boot(name: string): Promise<void> {
    const state = currentState();
    const node = nodeNamed(state, name);
    await startNode(state, node);
    // The others may have changed while it was off.
    await shareHosts(state);
    const kubelets = withKubelet(state).filter((other) => other.name === name);
    await Promise.all(kubelets.map(untilKubelet));
    await untilApiServer(state);
    await untilReady(state, kubelets);
}

function runs({ name }: NodeRecord): boolean {
    return initOf(name) !== undefined;
}

function runningControlPlane(state: ClusterState): NodeRecord {
    const controlPlane = state.nodes.find((node) => node.role === "controlPlane" && runs(node));
    if (controlPlane === undefined) {
        throw new Error("no control plane runs");
    }
    return controlPlane;
}
