import { type Addresses, networksOf } from "./addresses";
import {
    addWorker,
    currentState,
    nodeNamed,
    powerOff,
    powerOn,
    reboot,
    removeNode,
} from "./changes";
import { locked } from "./host/lock";
import { kubectl } from "./kubernetes/kubectl";
import { execute } from "./node/machine";
import { nodeLog, STATE } from "./paths";
import { run, type Result, type RunOptions } from "./run";
import { restoreSnapshot, takeSnapshot } from "./snapshot/snapshot";
import type { ClusterOptions, ClusterVersions, NodeRecord } from "./state";
import { upgrade } from "./upgrade";
import type { KubernetesMinor } from "./versions";

/** The user to log in as; root may log in with the same key. */
const SSH_USER = "ubuntu";

/** A running cluster. It holds nothing itself, so several processes may use one cluster. */
export class Cluster {
    /** The administrator's kubeconfig; its server is reachable from this machine. */
    readonly kubeconfig = STATE.kubeconfig;
    /** The private key that all nodes accept. */
    readonly sshKeyPath = STATE.sshKey;
    readonly sshUser = SSH_USER;
    /** The nodes, the control planes first. */
    get nodes(): NodeRecord[] {
        return currentState().nodes;
    }

    /** The networks of nodes, pods and services, of the family that comes first. */
    get network(): Addresses {
        return networksOf(this.options.ipFamily)[0];
    }

    /** How it was brought up. */
    get options(): ClusterOptions {
        return currentState().options;
    }

    /** Which versions it is made of. */
    get versions(): ClusterVersions {
        return currentState().versions;
    }

    /** kubectl, of the cluster's version, for this machine. */
    get kubectlPath(): string {
        return currentState().parts.kubectl;
    }

    /** Runs kubectl as the administrator and returns what it prints. */
    kubectl(
        args: readonly string[],
        options: Pick<RunOptions, "input" | "timeout"> = {},
    ): Promise<string> {
        return kubectl(currentState(), args, options);
    }

    /** Runs a command as root on a node, without SSH. */
    exec(
        node: string,
        command: readonly string[],
        options: Pick<RunOptions, "input" | "allowFailure" | "timeout"> = {},
    ): Promise<Result> {
        nodeNamed(currentState(), node);
        return execute(node, command, options);
    }

    /** Runs a command line on a node over SSH, with the node's host key verified. */
    ssh(
        node: string,
        line: string,
        options: Pick<RunOptions, "input" | "allowFailure" | "timeout"> & { user?: string } = {},
    ): Promise<Result> {
        const { user = SSH_USER, ...how } = options;
        return run("ssh", [...this.sshArguments(node, user), line], how);
    }

    /** The arguments for ssh(1) up to the command. */
    sshArguments(node: string, user: string = SSH_USER): string[] {
        const { ip } = nodeNamed(currentState(), node);
        const options = {
            UserKnownHostsFile: STATE.knownHosts,
            GlobalKnownHostsFile: "/dev/null",
            StrictHostKeyChecking: "yes",
            IdentitiesOnly: "yes",
            BatchMode: "yes",
            LogLevel: "ERROR",
        };
        const set = Object.entries(options).flatMap(([name, value]) => ["-o", `${name}=${value}`]);
        return ["-F", "/dev/null", "-i", STATE.sshKey, ...set, `${user}@${ip}`];
    }

    /** The file with all that a node has logged. */
    logPath(node: string): string {
        return nodeLog(node);
    }

    /** Boots a new worker, which joins by kubeadm with the cluster's kubelet-config. Done when it is Ready. */
    addWorker(name: string): Promise<NodeRecord> {
        return locked(() => addWorker(name));
    }

    /** Deletes a worker: its Node, its processes, its disk. */
    removeNode(name: string): Promise<void> {
        return locked(() => removeNode(name));
    }

    /**
     * Upgrades it with kubeadm to the next minor version of Kubernetes, node by node, each of them drained meanwhile. Done when
     * all are Ready with that version. One that failed is continued by the same call.
     */
    upgrade(kubernetes: KubernetesMinor): Promise<void> {
        return locked(() => upgrade(kubernetes));
    }

    /** Cuts a node's power and boots it again. Done when it is Ready. */
    reboot(name: string): Promise<void> {
        return locked(() => reboot(name));
    }

    /** Cuts a node's power. Its disk stays. With several control planes the API answers without one of them. */
    powerOff(name: string): Promise<void> {
        return locked(() => powerOff(name));
    }

    /** Boots a node that is off. Done when it is Ready. */
    powerOn(name: string): Promise<void> {
        return locked(() => powerOn(name));
    }

    /**
     * Keeps the cluster as it is now, for `restore`, in place of the snapshot that `up` has taken. Nodes stand still for the
     * moment that takes; nothing is restarted.
     */
    snapshot(): Promise<void> {
        return locked(() => takeSnapshot(currentState()));
    }

    /**
     * Brings the cluster back to its snapshot: nodes, their disks and all objects, whatever has become of them. Every node
     * boots, so every process is another one. Done when all are Ready.
     */
    restore(): Promise<void> {
        return locked(() => restoreSnapshot());
    }
}
