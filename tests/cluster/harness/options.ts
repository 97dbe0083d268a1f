import { type ClusterOptions, HARD_WAYS } from "./state";
import { KUBERNETES_MINORS, type KubernetesMinor, NEWEST_KUBERNETES } from "./versions";

/** More would not boot in time on two cores. */
const MAX_WORKERS = 9;
const MAX_CONTROL_PLANES = 5;

/** Options with the defaults for those that were not given. What cannot be is refused. */
export function complete(asked: Partial<ClusterOptions>): ClusterOptions {
    const { workers = 2, controlPlanes = 1, ipFamily = "ipv4", nodeNames = "host" } = asked;
    const { serverTLSBootstrap = false, signingDuration, firstAddress, hardWay } = asked;
    const { kubernetes = NEWEST_KUBERNETES, containerd = 2 } = asked;
    oneOf("kubernetes", kubernetes, KUBERNETES_MINORS);
    oneOf("containerd", containerd, [2, 1]);
    number("workers", workers, 0, MAX_WORKERS);
    number("controlPlanes", controlPlanes, 1, MAX_CONTROL_PLANES);
    oneOf("ipFamily", ipFamily, ["ipv4", "ipv6", "dual"]);
    oneOf("nodeNames", nodeNames, ["host", "other"]);
    oneOf("firstAddress", firstAddress, [undefined, "ExternalIP", "Hostname"]);
    if (signingDuration !== undefined && !/^(\d+[hms])+$/.test(signingDuration)) {
        throw new Error(`"${signingDuration}" is no duration such as 5m or 1h30m`);
    }
    oneOf("hardWay", hardWay, [undefined, ...HARD_WAYS]);
    if (hardWay !== undefined && (ipFamily !== "ipv4" || nodeNames !== "host" || firstAddress)) {
        throw new Error("a cluster made the hard way has IPv4, its hosts' names, and no cloud");
    }
    if (hardWay === "ca" && serverTLSBootstrap) {
        throw new Error(
            "a kubelet with tlsCertFile (hardWay ca) makes nothing of serverTLSBootstrap",
        );
    }
    return {
        kubernetes,
        containerd,
        workers,
        controlPlanes,
        ipFamily,
        nodeNames,
        ...(firstAddress !== undefined && { firstAddress }),
        serverTLSBootstrap,
        ...(signingDuration !== undefined && { signingDuration }),
        ...(hardWay !== undefined && { hardWay }),
    };
}

/** The options of a cluster once it is upgraded. What kubeadm would refuse is refused. */
export function upgraded(options: ClusterOptions, to: KubernetesMinor): ClusterOptions {
    const after = complete({ ...options, kubernetes: to });
    if (options.hardWay !== undefined) {
        throw new Error("a cluster made the hard way has no kubeadm that could upgrade it");
    }
    if (minorOf(to) !== minorOf(options.kubernetes) + 1) {
        throw new Error(
            `kubeadm upgrades from one minor version to the next: not from ${options.kubernetes} to ${to}`,
        );
    }
    return after;
}

function minorOf(version: KubernetesMinor): number {
    return Number(version.split(".")[1]);
}

/** The same text for the same cluster. */
export function key(options: ClusterOptions): string {
    return JSON.stringify(complete(options));
}

function number(name: string, value: number, least: number, most: number): void {
    if (!Number.isInteger(value) || value < least || value > most) {
        throw new Error(`${name} must be a number from ${least} to ${most}`);
    }
}

/** Values may come from a command line, whatever their type says. */
function oneOf<T extends string | number | undefined>(
    name: string,
    value: T,
    known: readonly T[],
): void {
    if (!known.includes(value)) {
        const words = known.filter((word) => word !== undefined).join(", ");
        throw new Error(`${name} must be one of ${words}, not "${String(value)}"`);
    }
}
