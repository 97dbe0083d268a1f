import { accessSync, constants, existsSync, readFileSync, statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { IpFamily } from "./addresses";
import { debianMirror } from "./host/debianMirror";
import { goVersion, isOlder } from "./host/goVersion";
import { hierarchies } from "./host/hierarchies";
import { takenRoutes } from "./host/routes";
import { findTool } from "./host/tools";
import { complete } from "./options";
import { hasPrograms, hasRootFileSystem } from "./parts/ensureParts";
import { cacheDirectory, STATE_DIRECTORY } from "./paths";
import { type ClusterOptions, hasLoadBalancer } from "./state";
import { VERSIONS } from "./versions";

/** Something that this machine lacks, and the Debian package that would help. */
export interface Lack {
    text: string;
    package?: string;
}

/** Tools that the driver calls, and Debian's package of each. */
const TOOLS: Record<string, string> = {
    ip: "iproute2",
    nsenter: "util-linux",
    unshare: "util-linux",
    flock: "util-linux",
    tar: "tar",
    find: "findutils",
    ssh: "openssh-client",
    "ssh-keygen": "openssh-client",
    openssl: "openssl",
};

/** Capabilities that even root may be without, in a container, by number. CAP_SYS_RESOURCE is not needed. */
const CAPABILITIES: Record<string, number> = {
    CAP_CHOWN: 0,
    CAP_NET_ADMIN: 12,
    CAP_SYS_CHROOT: 18,
    CAP_SYS_PTRACE: 19,
    CAP_SYS_ADMIN: 21,
    CAP_MKNOD: 27,
};

/** Controllers that a kubelet insists on. */
const CONTROLLERS = ["cpu", "cpuacct", "cpuset", "memory", "pids"];
/** What statfs(2) says of overlayfs. */
const OVERLAY = 0x794c7630;
const GIGABYTE = 1024 ** 3;

/** What this machine lacks for a cluster with these options, in plain words. Empty: it can run. */
export function requirements(options: Partial<ClusterOptions> = {}): string[] {
    return lacks(options).map(({ text }) => text);
}

/** What this machine lacks, with remedies. */
export function lacks(options: Partial<ClusterOptions>): Lack[] {
    if (process.platform !== "linux") {
        return [{ text: `Linux: this is ${process.platform}` }];
    }
    if (process.getuid?.() !== 0) {
        return [{ text: "root: nodes are made of namespaces, mounts and control groups" }];
    }
    const all = complete(options);
    const texts = [...kernel(), ...controlGroups(), ...disks(all), ...network(all.ipFamily)];
    return [
        ...lackingTools(),
        ...(hasLoadBalancer(all) ? lackingTool("haproxy", "haproxy") : []),
        ...(hasRootFileSystem() ? [] : lackingForRootFileSystem()),
        ...(hasPrograms(all) ? [] : lackingForPrograms()),
        ...texts.map((text) => ({ text })),
    ];
}

function lackingTools(): Lack[] {
    return Object.entries(TOOLS).flatMap(([tool, name]) => lackingTool(tool, name));
}

function lackingTool(tool: string, name: string): Lack[] {
    const text = `the command ${tool} (Debian: apt-get install ${name})`;
    return findTool(tool) === undefined ? [{ text, package: name }] : [];
}

function lackingForRootFileSystem(): Lack[] {
    const text =
        "a Debian mirror: apt knows none here; name one in SECURE_METRICS_SERVER_DEBIAN_MIRROR";
    const mirror = debianMirror(VERSIONS.debian);
    return [
        ...lackingTool("debootstrap", "debootstrap"),
        ...(mirror === undefined ? [{ text }] : []),
    ];
}

function lackingForPrograms(): Lack[] {
    const version = goVersion();
    const wanted = `Go ${VERSIONS.go} or newer, to build Kubernetes`;
    if (version === undefined) {
        return [{ text: `${wanted}: there is none in PATH` }];
    }
    return isOlder(version, VERSIONS.go) ? [{ text: `${wanted}: this is ${version}` }] : [];
}

function kernel(): string[] {
    const spaces = ["cgroup", "ipc", "mnt", "net", "pid", "uts"].filter(
        (space) => !existsSync(`/proc/self/ns/${space}`),
    );
    const effective = /^CapEff:\s+(\S+)/m.exec(readFileSync("/proc/self/status", "utf8"))?.[1];
    const held = BigInt(`0x${effective ?? "0"}`);
    const withheld = Object.entries(CAPABILITIES)
        .filter(([, number]) => ((held >> BigInt(number)) & 1n) === 0n)
        .map(([name]) => name);
    const overlay = /\boverlay$/m.test(readFileSync("/proc/filesystems", "utf8"));
    return [
        ...spaces.map((space) => `${space} namespaces in the kernel`),
        ...withheld.map((name) => `${name}: root does not have it here`),
        ...(overlay ? [] : ["overlayfs in the kernel (modprobe overlay)"]),
        ...(isWritable("/proc/sys/kernel/panic") ? [] : ["a writable /proc/sys"]),
    ];
}

function controlGroups(): string[] {
    const mounted = hierarchies();
    const version2 = mounted.find(({ version }) => version === 2);
    const names = mounted.flatMap(({ controllers }) => controllers.split(","));
    if (version2 !== undefined) {
        const offered = readFileSync(`${version2.mountPoint}/cgroup.controllers`, "utf8");
        names.push(...offered.trim().split(" "));
        // Part of cpu there.
        names.push(...(names.includes("cpu") ? ["cpuacct"] : []));
    }
    const missing = CONTROLLERS.filter((controller) => !names.includes(controller));
    const readOnly = mounted.filter(({ mountPoint }) => !isWritable(mountPoint));
    const forSystemd = version2 !== undefined || names.includes("name=systemd");
    return [
        ...missing.map((controller) => `the control group controller ${controller}`),
        ...readOnly.map(({ mountPoint }) => `a writable ${mountPoint}`),
        ...(forSystemd
            ? []
            : ["a control group hierarchy for systemd (version 2, or name=systemd)"]),
    ];
}

function disks(options: ClusterOptions): string[] {
    const cached = hasPrograms(options) && hasRootFileSystem();
    const needs = { [cacheDirectory()]: cached ? 1 : 8, [STATE_DIRECTORY]: 3 };
    return Object.entries(needs).flatMap(([directory, gigabytes]) => {
        const { type, bavail, bsize } = statfsSync(nearest(directory));
        const free = (bavail * bsize) / GIGABYTE;
        const little = `${gigabytes} GB free for ${directory}: there are ${free.toFixed(1)}`;
        return [
            ...(type === OVERLAY
                ? [`a real file system for ${directory}: it is on overlayfs`]
                : []),
            ...(free < gigabytes ? [little] : []),
            ...(/[:,\\\s]/.test(directory) ? [`a plain path for ${directory}`] : []),
        ];
    });
}

function network(family: IpFamily): string[] {
    const ipv6 = family === "ipv4" || existsSync("/proc/net/if_inet6");
    return [
        ...(ipv6 ? [] : ["IPv6 in the kernel (without ipv6.disable=1)"]),
        ...takenRoutes(family).map(
            (route) => `a network of its own: this machine has a route to ${route}`,
        ),
    ];
}

function nearest(directory: string): string {
    return existsSync(directory) ? directory : nearest(dirname(directory));
}

function isWritable(path: string): boolean {
    try {
        accessSync(path, constants.W_OK);
        return true;
    } catch {
        return false;
    }
}
