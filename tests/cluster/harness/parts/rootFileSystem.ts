import { readFileSync } from "node:fs";
import { debianMirror } from "../host/debianMirror";
import { mountingStep } from "../host/longStep";
import { script } from "../paths";
import { VERSIONS } from "../versions";
import type { Part } from "./part";

/**
 * What a node has besides Debian's minimal system: what the cluster needs, and what an administrator's server has (sshd, sudo,
 * curl, openssl). Of purpose not: Python, jq, yq.
 */
const PACKAGES = [
    ["systemd", "systemd-sysv", "dbus", "procps", "kmod"],
    ["openssh-server", "sudo", "curl", "openssl", "ca-certificates"],
    ["containerd", "runc", "containernetworking-plugins"],
    ["iproute2", "iptables", "conntrack", "ethtool", "socat"],
].flat();

/** The root file system that all nodes share, as the lowest layer of theirs. */
export const rootFileSystem: Part = {
    name: `debian-${VERSIONS.debian}`,
    recipe: [VERSIONS.debian, PACKAGES, readFileSync(script("rootFileSystem.sh"), "utf8")],
    build: async (directory, log) => {
        const mirror = debianMirror(VERSIONS.debian);
        if (mirror === undefined) {
            throw new Error("apt knows no Debian mirror on this machine");
        }
        const include = `--include=${PACKAGES.join(",")}`;
        const args = [VERSIONS.debian, mirror, directory, include];
        await mountingStep("sh", [script("rootFileSystem.sh"), ...args], log);
    },
};
