import { randomBytes } from "node:crypto";
import {
    chmodSync,
    chownSync,
    mkdirSync,
    readdirSync,
    readFileSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import type { ClusterOptions } from "../state";
import { kubernetesImages } from "../versions";
import type { KeyPair } from "./keys";

const FILES = join(__dirname, "..", "files");
const UBUNTU = 1000;

/** What containerd is told, by its major version. */
const CONTAINERD_FILES = join(__dirname, "..", "containerd");

/** The versions that a node's files depend on. */
export type NodeVersions = Pick<ClusterOptions, "kubernetes" | "containerd">;

/** What the files of the folder `files` leave open, as `@NAME@`. */
type Placeholders = Record<string, string>;

/** Units that every node starts when it boots, and where each is. */
const UNITS: Record<string, string> = { "node-log.service": "/etc/systemd/system" };

/** Those of a node that kubeadm makes, and all of its files about them. */
const KUBEADM_UNITS: Record<string, string> = {
    "kubelet.service": "/usr/lib/systemd/system",
    "kube-proxy.service": "/etc/systemd/system",
};
const OF_KUBEADM = /\/(kubelet|kube-proxy)\.service/;

/** What makes a node itself. */
export interface Identity {
    name: string;
    /** Its name in Kubernetes. */
    nodeName: string;
    /** The addresses of all nodes' pods, one network a family, with commas between. */
    podSubnet: string;
    hostKey: KeyPair;
    /** The public key that may log in. */
    clientKey: string;
    /** /etc/hosts. */
    hosts: string;
    /** Whether kubeadm is going to make a node of it. Otherwise nothing about Kubernetes is there yet. */
    isKubeadm: boolean;
    /** Units of the shared root file system that it is not going to have. */
    masked: readonly string[];
}

/** Writes what a node has besides the shared root file system into its own layer, before it boots for the first time. */
export function writeIdentity(upper: string, identity: Identity, versions: NodeVersions): void {
    const { isKubeadm, nodeName, podSubnet } = identity;
    const own = { NODE_NAME: nodeName, POD_SUBNET: podSubnet };
    writeFiles(upper, versions, own, (path) => isKubeadm || !OF_KUBEADM.test(path));
    const units = join(upper, "etc/systemd/system");
    mkdirSync(join(units, "multi-user.target.wants"), { recursive: true });
    for (const [unit, place] of Object.entries({ ...UNITS, ...(isKubeadm && KUBEADM_UNITS) })) {
        symlinkSync(join(place, unit), join(units, "multi-user.target.wants", unit));
    }
    for (const unit of identity.masked) {
        symlinkSync("/dev/null", join(units, unit));
    }
    put(upper, "etc/hostname", `${identity.name}\n`);
    put(upper, "etc/hosts", identity.hosts);
    // A resolver that nobody answers would make kubeadm and the kubelet wait for it.
    put(upper, "etc/resolv.conf", "");
    // Of its own, or nodes would share what is derived from it: the kubelet reports it, too.
    put(upper, "etc/machine-id", `${randomBytes(16).toString("hex")}\n`, { mode: 0o444 });
    put(upper, "etc/ssh/ssh_host_ed25519_key", identity.hostKey.privateKey, { mode: 0o600 });
    put(upper, "etc/ssh/ssh_host_ed25519_key.pub", `${identity.hostKey.publicKey}\n`);
    if (isKubeadm) {
        folder(upper, "etc/kubernetes/manifests", { mode: 0o755 });
    }
    // Or containerd would not watch it for the network's configuration.
    folder(upper, "etc/cni/net.d", { mode: 0o755 });
    authorize(upper, "root", 0, identity.clientKey);
    authorize(upper, "home/ubuntu", UBUNTU, identity.clientKey);
}

/**
 * Copies the files of the folder `files`, and the one for containerd. Of those that a machine does not use, something may be
 * left open, and `has` may leave out whole ones.
 */
export function writeFiles(
    upper: string,
    versions: NodeVersions,
    own: Placeholders = {},
    has: (path: string) => boolean = () => true,
): void {
    const pause = kubernetesImages(versions.kubernetes).pause;
    const containerd = join(CONTAINERD_FILES, `${versions.containerd}.toml`);
    put(upper, "etc/containerd/config.toml", filledIn(containerd, { PAUSE_IMAGE: pause }));
    for (const entry of readdirSync(FILES, { recursive: true, withFileTypes: true })) {
        const source = join(entry.parentPath, entry.name);
        if (entry.isFile() && has(source.slice(FILES.length))) {
            put(upper, source.slice(FILES.length), filledIn(source, own));
        }
    }
}

function filledIn(file: string, values: Placeholders): string {
    return readFileSync(file, "utf8").replace(
        /@([A-Z_]+)@/g,
        (placeholder, name: string) => values[name] ?? placeholder,
    );
}

/** Home directories are made with the owner and mode that sshd insists on. */
function authorize(upper: string, home: string, owner: number, key: string): void {
    folder(upper, home, { mode: 0o700, owner });
    folder(upper, join(home, ".ssh"), { mode: 0o700, owner });
    put(upper, join(home, ".ssh/authorized_keys"), `${key}\n`, { mode: 0o600, owner });
}

function folder(
    upper: string,
    path: string,
    { mode, owner = 0 }: { mode: number; owner?: number },
): void {
    const directory = join(upper, path);
    mkdirSync(directory, { recursive: true });
    chmodSync(directory, mode);
    chownSync(directory, owner, owner);
}

function put(
    upper: string,
    path: string,
    content: string,
    { mode = 0o644, owner = 0 }: { mode?: number; owner?: number } = {},
): void {
    const file = join(upper, path);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, content);
    chmodSync(file, mode);
    chownSync(file, owner, owner);
}
