import { homedir } from "node:os";
import { join } from "node:path";
import { INSTANCE, INSTANCES } from "./instance";

/** Where the parts are kept between runs: built once, never changed, safe to delete while no cluster is up. */
export function cacheDirectory(): string {
    const set = process.env["SECURE_METRICS_SERVER_CACHE"];
    if (set !== undefined && set !== "") {
        return set;
    }
    const xdg = process.env["XDG_CACHE_HOME"];
    const base = xdg === undefined || xdg === "" ? join(homedir(), ".cache") : xdg;
    return join(base, "secure-metrics-server");
}

/** The name that all paths and groups of an instance have. None is the beginning of another one's. */
export function nameOf(instance: number): string {
    return instance === 0
        ? "secure-metrics-server-cluster"
        : `secure-metrics-server-instance-${instance}`;
}

/** Where an instance keeps what it has. */
export function stateDirectoryOf(instance: number): string {
    return join("/var/lib", nameOf(instance));
}

/** What is known of an instance that is up, or that a killed run has left. */
export function stateFileOf(instance: number): string {
    return join(stateDirectoryOf(instance), "cluster.json");
}

/** The instances of this machine besides this process's own. */
export const OTHER_INSTANCES = INSTANCES.filter((instance) => instance !== INSTANCE);

/**
 * Everything of the running cluster: its keys, its kubeconfig, its nodes' disks and logs. Not below /run or /tmp, which may be
 * in memory, and readable by root only.
 */
export const STATE_DIRECTORY = stateDirectoryOf(INSTANCE);

const LOCKS = "/run/lock";

/** Held by the run of the driver that changes the cluster. It stays, so that two runs always mean the same file. */
export const LOCK_FILE = join(LOCKS, `${nameOf(INSTANCE)}.lock`);

/** Held for a moment by whoever looks at or changes what all clusters of the machine share. */
export const MACHINE_LOCK_FILE = join(LOCKS, "secure-metrics-server-machine.lock");

/** The control group of everything that the cluster runs, in each hierarchy: whatever is in it goes with `down`. */
export const GROUP_NAME = nameOf(INSTANCE);

/** Paths below the state directory. */
export const STATE = {
    file: stateFileOf(INSTANCE),
    /** The cluster's CA and the configuration of the load balancer that verifies with it, where there is one. */
    ca: join(STATE_DIRECTORY, "ca.crt"),
    haproxy: join(STATE_DIRECTORY, "haproxy.cfg"),
    kubeconfig: join(STATE_DIRECTORY, "kubeconfig"),
    sshKey: join(STATE_DIRECTORY, "id_ed25519"),
    knownHosts: join(STATE_DIRECTORY, "known_hosts"),
    logs: join(STATE_DIRECTORY, "logs"),
    nodes: join(STATE_DIRECTORY, "nodes"),
    snapshot: join(STATE_DIRECTORY, "snapshot"),
} as const;

/** The one log of a node: its console, its journal and what kubeadm said there. */
export function nodeLog(name: string): string {
    return join(STATE.logs, `${name}.log`);
}

/** A script of this folder that runs in namespaces. */
export function script(name: string): string {
    return join(__dirname, "scripts", name);
}
