import { connect } from "node:tls";
import type { Cluster } from "../cluster/harness";

/** What a kubelet's process looks like: it changes with every restart. */
export interface KubeletProcess {
    pid: string;
    /** How often systemd has started it since the node booted, by hand or by itself. */
    starts: number;
}

/** The kubelet's main process on every node. */
export async function kubelets(cluster: Cluster): Promise<Record<string, KubeletProcess>> {
    const look =
        "systemctl show kubelet -p MainPID --value; journalctl -b -u kubelet -o cat --no-pager | grep -c '^Started kubelet'";
    const entries = await Promise.all(
        cluster.nodes.map(async ({ name }) => {
            const { stdout } = await cluster.exec(name, ["sh", "-c", look]);
            const [pid = "", starts = ""] = stdout.split("\n");
            return [name, { pid, starts: Number(starts) }] as const;
        }),
    );
    return Object.fromEntries(entries);
}

/** The names of all CSRs for kubelets' serving certificates. */
export async function servingRequests(cluster: Cluster): Promise<string[]> {
    const text = await cluster.kubectl([
        "get",
        "csr",
        "--field-selector=spec.signerName=kubernetes.io/kubelet-serving",
        "-o",
        "name",
    ]);
    return text.split("\n").filter((name) => name !== "");
}

/** A certificate as a client saw it. */
export interface Served {
    ok: boolean;
    error?: string;
    fingerprint?: string;
    issuer?: string;
}

/** One TLS handshake. With a CA every check is on: chain, address, dates. */
export function handshake(host: string, port: number, ca?: string): Promise<Served> {
    return new Promise((resolve) => {
        const socket = connect({ host, port, ca, rejectUnauthorized: ca !== undefined }, () => {
            const peer = socket.getPeerCertificate();
            socket.destroy();
            const issuer = peer.issuer as { CN?: string } | undefined;
            resolve({ ok: true, fingerprint: peer.fingerprint256, issuer: issuer?.CN ?? "" });
        });
        socket.setTimeout(3000, () => {
            socket.destroy();
            resolve({ ok: false, error: "ETIMEDOUT" });
        });
        socket.on("error", (error: NodeJS.ErrnoException) => {
            resolve({ ok: false, error: error.code ?? error.message });
        });
    });
}

/** The CA that signs the kubelets' certificates, PEM. */
export async function clusterCa(cluster: Cluster): Promise<string> {
    return (await cluster.exec("cp1", ["cat", "/etc/kubernetes/pki/ca.crt"])).stdout;
}

/** The certificate that strict TLS gets from the kubelet of one node, told by its fingerprint; undefined when there is none. */
export async function servedCertificate(
    cluster: Cluster,
    name: string,
): Promise<string | undefined> {
    const node = cluster.nodes.find((each) => each.name === name);
    return (await handshake(node?.ip ?? "", 10250, await clusterCa(cluster))).fingerprint;
}

/** What openssl says on a control plane about metrics-server's Service, with the API server's trust and nothing else. */
export async function verifiedByApiServer(
    cluster: Cluster,
    caBundle: string,
    serviceName: string,
): Promise<string> {
    const service = ["get", "service", "-n", "kube-system", "metrics-server"];
    const address = await cluster.kubectl([...service, "-o", "jsonpath={.spec.clusterIP}"]);
    const host = address.includes(":") ? `[${address}]` : address;
    const line =
        'ca=$(mktemp); trap \'rm -f "$ca"\' EXIT; cat >"$ca"; ' +
        'openssl s_client -connect "$0:443" -CAfile "$ca" -no-CApath -verify_return_error -verify_hostname "$1" </dev/null';
    const { stdout, stderr } = await cluster.exec("cp1", ["sh", "-c", line, host, serviceName], {
        input: Buffer.from(caBundle, "base64").toString(),
    });
    return stdout + stderr;
}

/** The nodes whose kubelet strict TLS does not accept, each with the reason. */
export async function unverified(cluster: Cluster): Promise<string[]> {
    const ca = await clusterCa(cluster);
    const served = await Promise.all(cluster.nodes.map(({ ip }) => handshake(ip, 10250, ca)));
    return cluster.nodes.flatMap(({ name }, index) => {
        const { ok, error } = served[index] ?? { ok: false };
        return ok ? [] : [`${name}: ${error ?? "no handshake"}`];
    });
}

/** One look at one kubelet's port. */
export interface Sample {
    node: string;
    at: number;
    served: Served;
}

/** Shakes hands with every kubelet at 5 Hz until it is stopped. */
export function watchKubelets(cluster: Cluster): () => Sample[] {
    const samples: Sample[] = [];
    const timer = setInterval(() => {
        for (const { name, ip } of cluster.nodes) {
            const at = Date.now();
            void handshake(ip, 10250).then((served) => samples.push({ node: name, at, served }));
        }
    }, 200);
    return () => {
        clearInterval(timer);
        return samples;
    };
}

/** What a client sees of a process that is not there, or that ended with the client's connection open. */
const GONE = ["ECONNREFUSED", "ECONNRESET"];

function isGone({ served }: Sample): boolean {
    return served.error !== undefined && GONE.includes(served.error);
}

/** Samples in which a kubelet that was there failed the handshake: an alert, or no answer. */
export function tlsFailures(samples: Sample[]): Sample[] {
    return samples.filter((sample) => !sample.served.ok && !isGone(sample));
}

/** How long each node's kubelet was gone, in milliseconds from the first to the last refused or dropped connection. */
export function goneSpans(samples: Sample[]): Record<string, number> {
    const spans: Record<string, number> = {};
    for (const node of new Set(samples.map((sample) => sample.node))) {
        const times = samples
            .filter((sample) => sample.node === node && isGone(sample))
            .map(({ at }) => at);
        spans[node] = times.length === 0 ? 0 : Math.max(...times) - Math.min(...times);
    }
    return spans;
}
