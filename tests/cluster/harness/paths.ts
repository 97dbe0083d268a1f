import { homedir } from "node:os";
import { join } from "node:path";

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

/**
 * Everything of the running cluster: its keys, its kubeconfig, its nodes' disks and logs. Not below /run or /tmp, which may be
 * in memory, and readable by root only. There is one cluster a machine, since its network is one as well.
 */
export const STATE_DIRECTORY = "/var/lib/secure-metrics-server-cluster";

/** Held by the run of the driver that changes the cluster. It stays, so that two runs always mean the same file. */
export const LOCK_FILE = "/run/lock/secure-metrics-server-cluster.lock";

/** The control group of everything that the cluster runs, in each hierarchy: whatever is in it goes with `down`. */
export const GROUP_NAME = "secure-metrics-server-cluster";

/** Paths below the state directory. */
export const STATE = {
    file: join(STATE_DIRECTORY, "cluster.json"),
    kubeconfig: join(STATE_DIRECTORY, "kubeconfig"),
    sshKey: join(STATE_DIRECTORY, "id_ed25519"),
    knownHosts: join(STATE_DIRECTORY, "known_hosts"),
    logs: join(STATE_DIRECTORY, "logs"),
    nodes: join(STATE_DIRECTORY, "nodes"),
} as const;

/** The one log of a node: its console, its journal and what kubeadm said there. */
export function nodeLog(name: string): string {
    return join(STATE.logs, `${name}.log`);
}

/** A script of this folder that runs in namespaces. */
export function script(name: string): string {
    return join(__dirname, "scripts", name);
}
