import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import type { IpFamily } from "./addresses";
import { OTHER_INSTANCES, STATE, STATE_DIRECTORY, stateFileOf } from "./paths";
import type { ContainerdMajor, KubernetesMinor } from "./versions";
import type { Sysctls } from "./host/sysctls";

/** A node's part in the cluster. */
export type Role = "controlPlane" | "worker";

/** The type of a node's first address, where it is not InternalIP. */
export type FirstAddress = "ExternalIP" | "Hostname";

/**
 * Which certificate the kubelets of a cluster serve that is made without kubeadm: one that the cluster's CA signed, given by
 * tlsCertFile, or one that each of them signs itself.
 */
export const HARD_WAYS = ["ca", "self-signed"] as const;

export type HardWay = (typeof HARD_WAYS)[number];

/** What makes one cluster different from another. */
export interface ClusterOptions {
    /** Kubernetes' minor version; the newest there is by default. */
    kubernetes: KubernetesMinor;
    /** containerd's major version: 2, the default, or Debian's 1. */
    containerd: ContainerdMajor;
    /** How many workers the cluster starts with. */
    workers: number;
    /** How many control planes it has, each with an etcd of its own. More than one have a load balancer in front. */
    controlPlanes: number;
    /** Which addresses nodes, pods and services have; of both families, IPv4 comes first. */
    ipFamily: IpFamily;
    /** What a node is called in Kubernetes: as its host, or `node-w1.example.test` where the host is `w1`. */
    nodeNames: "host" | "other";
    /**
     * Nodes belong to a cloud, the controller of which tells their addresses: this type first, then InternalIP, then the rest.
     * Otherwise the kubelet tells them: InternalIP, Hostname.
     */
    firstAddress?: FirstAddress;
    /** kube-controller-manager's --cluster-signing-duration, such as `5m`; its default (a year) when undefined. */
    signingDuration?: string;
    /** Whether the very first KubeletConfiguration has `serverTLSBootstrap: true`. */
    serverTLSBootstrap: boolean;
    /** Without kubeadm, in the manner of Kubernetes the Hard Way; with kubeadm when undefined. */
    hardWay?: HardWay;
}

/** What is known of a node from outside. */
export interface NodeRecord {
    /** Its host name, by which the driver knows it. */
    name: string;
    /** What `kubectl get nodes` calls it. */
    nodeName: string;
    /** Its place in the networks of all families. */
    number: number;
    /** Its first InternalIP. */
    ip: string;
    /** Its InternalIPs, one a family. */
    ips: string[];
    /** An address that it has as well, if it is in a cloud that tells ExternalIP first. */
    externalIp?: string;
    role: Role;
    /** The SSH host key as authorized_keys has it, without a comment: `ssh-ed25519 AAAA…`. */
    hostKey: string;
    /** The addresses of its pods, one range a family, once Kubernetes has given them out. */
    podCIDRs?: string[];
    /** The lower layers that its disk was made with, if those of new nodes are others since an upgrade. */
    lowers?: string[];
}

/** Which versions run. */
export interface ClusterVersions {
    kubernetes: string;
    etcd: string;
    containerd: string;
}

/** What is kept of the running cluster. Which processes run is not: the kernel knows better. */
export interface ClusterState {
    format: 1;
    options: ClusterOptions;
    /** What it is made of, in full, as by the table of the driver that made it. */
    versions: ClusterVersions;
    /** Whether `up` came to its end. What is not ready is never used, only removed. */
    ready: boolean;
    /** The minor version of an upgrade that has begun. Until its end, `options` and `versions` are those of before. */
    upgradingTo?: KubernetesMinor;
    nodes: NodeRecord[];
    /** Where the shared parts of the nodes' disks are. */
    parts: { lowers: Record<Role, string[]>; containerd: string; kubectl: string };
    /** The machine's settings from before any of its clusters was there. */
    sysctls: Sysctls;
}

/** The state of the cluster, or undefined when there is none, not even a broken one that left it. */
export function readState(): ClusterState | undefined {
    return readStateFile(STATE.file);
}

/** The states of the machine's other clusters. */
export function otherStates(): ClusterState[] {
    return OTHER_INSTANCES.map((instance) => readStateFile(stateFileOf(instance))).filter(
        (state) => state !== undefined,
    );
}

function readStateFile(file: string): ClusterState | undefined {
    try {
        const state = JSON.parse(readFileSync(file, "utf8")) as ClusterState;
        // The type says that it is always 1, the file may be another version's.
        return (state.format as number) === 1 ? state : undefined;
    } catch {
        return undefined;
    }
}

/** Whether clients reach the API by a load balancer: several control planes have one address in front. */
export function hasLoadBalancer({ controlPlanes }: ClusterOptions): boolean {
    return controlPlanes > 1;
}

/** What a host is called in Kubernetes. */
export function nodeNameOf({ nodeNames }: ClusterOptions, host: string): string {
    return nodeNames === "host" ? host : `node-${host}.example.test`;
}

/** Writes the state, and the nodes' host keys as ssh(1) reads them. */
export function writeState(state: ClusterState): ClusterState {
    mkdirSync(STATE_DIRECTORY, { recursive: true, mode: 0o700 });
    const known = state.nodes.flatMap(({ ips, externalIp, hostKey }) =>
        [...ips, ...(externalIp === undefined ? [] : [externalIp])].map(
            (ip) => `${ip} ${hostKey}\n`,
        ),
    );
    replaceFile(STATE.knownHosts, known.join(""));
    replaceFile(STATE.file, `${JSON.stringify(state, undefined, 4)}\n`);
    return state;
}

/** In one step, so that whoever reads the file, after a crash too, finds a whole one. */
function replaceFile(file: string, content: string): void {
    writeFileSync(`${file}.new`, content, { mode: 0o600 });
    renameSync(`${file}.new`, file);
}

/** The nodes that have a kubelet, and so a Node object: a control plane that is made the hard way has none. */
export function withKubelet({ options, nodes }: ClusterState): NodeRecord[] {
    return options.hardWay === undefined ? nodes : nodes.filter(({ role }) => role === "worker");
}

/** The state with one node's record replaced or added. */
export function withNode(state: ClusterState, node: NodeRecord): ClusterState {
    const known = state.nodes.some(({ name }) => name === node.name);
    const nodes = known
        ? state.nodes.map((old) => (old.name === node.name ? node : old))
        : [...state.nodes, node];
    return { ...state, nodes };
}
