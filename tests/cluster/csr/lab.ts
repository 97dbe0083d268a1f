import { runLine } from "../../../components/ssh/composeScript";
import { approverFiles } from "../../support/approverFiles";
import { nodeScript } from "../../scripts/support/shells";
import type { Cluster } from "../harness";
import { Api, type Credential } from "./api";
import type { KubeletNames } from "./request";
import type { World } from "./world";

const FOLDER = "/run/csr-trial";

interface Kubeconfig {
    clusters: { cluster: { server: string; "certificate-authority-data": string } }[];
    users: { user: { "client-certificate-data": string; "client-key-data": string } }[];
}

interface NodeObject {
    metadata: { name: string };
    status: { addresses: { type: string; address: string }[] };
}

/** The administrator's credential, from the cluster's kubeconfig. */
export async function adminCredential(cluster: Cluster): Promise<Credential> {
    const text = await cluster.kubectl(["config", "view", "--raw", "--output=json"]);
    const { clusters, users } = JSON.parse(text) as Kubeconfig;
    const [{ cluster: place }] = clusters as [Kubeconfig["clusters"][number]];
    const [{ user }] = users as [Kubeconfig["users"][number]];
    return {
        server: place.server,
        ca: plain(place["certificate-authority-data"]),
        cert: plain(user["client-certificate-data"]),
        key: plain(user["client-key-data"]),
    };
}

function plain(base64: string): string {
    return Buffer.from(base64, "base64").toString();
}

/** What a thief of one node has: its kubelet's client certificate and key. */
export async function nodeApi(cluster: Cluster, admin: Credential, node: string): Promise<Api> {
    const file = "/var/lib/kubelet/pki/kubelet-client-current.pem";
    const { stdout } = await cluster.exec(node, ["cat", file]);
    return new Api({ ...admin, cert: stdout, key: stdout });
}

/** The names that each kubelet would ask for, from the Nodes. */
export async function kubelets(cluster: Cluster): Promise<KubeletNames[]> {
    const text = await cluster.kubectl(["get", "nodes", "--output=json"]);
    const { items } = JSON.parse(text) as { items: NodeObject[] };
    return items.map(({ metadata, status }) => {
        const of = (pattern: RegExp): string[] =>
            status.addresses.filter(({ type }) => pattern.test(type)).map(({ address }) => address);
        return { node: metadata.name, dns: of(/Hostname|DNS$/), ips: of(/IP$/) };
    });
}

export function worldOf(nodes: KubeletNames[], serviceAddress: string): World {
    const named = (name: string): KubeletNames => {
        const found = nodes.find(({ node }) => node === name);
        if (found === undefined) {
            throw new Error(`the cluster has no node ${name}`);
        }
        return found;
    };
    return { own: named("w1"), other: named("w2"), controlPlane: named("cp1"), serviceAddress };
}

export function inventoryOf(nodes: KubeletNames[]): string {
    return nodes
        .map(({ node, dns, ips }) => [...new Set([node, ...dns, ...ips])].join(" "))
        .join("\n");
}

/** The approver in a folder of its own on cp1: nothing of it is installed, nothing of it is left. */
export class LooseApprover {
    constructor(private readonly cluster: Cluster) {}

    async place(inventory: string, controlPlanes = ["cp1"]): Promise<void> {
        for (const [name, text] of Object.entries(approverFiles())) {
            await this.write(`approver/${name}`, text);
        }
        // What it reads of the machine is the machine's.
        const links =
            "ln -sfn /etc/kubernetes etc/kubernetes; ln -sfn /var/lib/kubelet var/lib/kubelet";
        const line = `mkdir -p "$0/etc" "$0/var/lib"; cd "$0"; ${links}`;
        await this.cluster.exec("cp1", ["sh", "-ec", line, FOLDER]);
        await this.claim("trial", `${inventory}\ncontrol-planes: ${controlPlanes.join(" ")}`);
    }

    /** Writes an inventory file, as another stack would. */
    async claim(name: string, inventory: string): Promise<void> {
        await this.write(`etc/secure-metrics-server/csr-inventory.d/${name}`, `${inventory}\n`);
    }

    async unclaim(name: string): Promise<void> {
        const file = `${FOLDER}/etc/secure-metrics-server/csr-inventory.d/${name}`;
        await this.cluster.exec("cp1", ["rm", "-f", file]);
    }

    async write(path: string, text: string): Promise<void> {
        const file = `${FOLDER}/${path}`;
        const line = `mkdir -p "\${0%/*}" && cat >"$0" && chmod 755 "$0"`;
        await this.cluster.exec("cp1", ["sh", "-c", line, file], { input: text });
    }

    /** Runs it; programs in `bin` of its folder come first on PATH. */
    async run(...words: string[]): Promise<string[]> {
        const kubeconfig = ["--kubeconfig", "/etc/kubernetes/admin.conf"];
        const line = `PATH="$ROOT/bin:$PATH" exec sh "$ROOT/approver/approver.sh" "$@" 2>&1`;
        const { stdout } = await this.cluster.exec(
            "cp1",
            ["env", `ROOT=${FOLDER}`, "sh", "-c", line, "sh", ...words, ...kubeconfig],
            { timeout: 120_000, allowFailure: true },
        );
        return stdout.split("\n").filter((text) => text !== "");
    }

    async remove(): Promise<void> {
        await this.cluster.exec("cp1", ["rm", "-rf", FOLDER]);
    }
}

/** Sends installer.sh as the package does: over SSH, to a transient unit. */
export async function sendApproval(
    cluster: Cluster,
    verb: string,
    header: Record<string, string>,
): Promise<unknown> {
    const text = nodeScript("csr-approval", header);
    const line = runLine({ words: [verb], seconds: 120 });
    const { stdout } = await cluster.ssh("cp1", line, { input: text, timeout: 180_000 });
    return JSON.parse(stdout.trim().split("\n").at(-1) ?? "");
}
