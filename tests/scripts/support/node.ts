import {
    chmodSync,
    existsSync,
    lstatSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { certificate, clusterCa, type Pair, type Subject } from "./certificates";
import { FakeKubelet } from "./fakeKubelet";
import { nodeScript, startShell, type Run, type Running, type ShellName } from "./shells";

export const ADDRESS = "10.0.0.12";
export const NODE_NAMES = `w1 ${ADDRESS} fd00::5`;

export const selfSigned = (question: Partial<Subject> = {}): Pair =>
    certificate({ subject: "/CN=w1@1700000000", names: "DNS:w1", ...question });

/** A certificate as the cluster's signer issues it. */
export const issued = (question: Partial<Subject> = {}): Pair =>
    certificate({
        subject: "/O=system:nodes/CN=system:node:w1",
        names: `DNS:w1,IP:${ADDRESS},IP:fd00::5`,
        issuer: clusterCa(),
        ...question,
    });

const STOCK = `apiVersion: kubelet.config.k8s.io/v1beta1
authentication:
  webhook:
    enabled: true
clusterDNS:
- 10.96.0.10
featureGates: {}
kind: KubeletConfiguration
# serverTLSBootstrap: true
rotateCertificates: true
`;

/** A node as kubeadm leaves it, under a folder, with a kubelet that runs. */
export class FakeNode {
    readonly root = mkdtempSync(join(tmpdir(), "node-"));
    readonly bin = join(this.root, "test-bin");
    readonly kubelet: FakeKubelet;
    header: Record<string, string> = {};
    env: Record<string, string> = {};
    path = "";

    private constructor(private readonly shell: ShellName) {
        mkdirSync(join(this.root, "test-unit"));
        this.kubelet = new FakeKubelet(this.root, join(this.root, "test-unit"));
    }

    /** Makes a node, hands it to the body and removes it. */
    static async use(shell: ShellName, body: (node: FakeNode) => Promise<void>): Promise<void> {
        const node = new FakeNode(shell);
        try {
            await node.prepare();
            await body(node);
        } finally {
            node.kubelet.close();
            rmSync(node.root, { recursive: true });
        }
    }

    private async prepare(): Promise<void> {
        const ports = await this.kubelet.listen();
        this.kubelet.issued = issued();
        this.configuration = `${STOCK}port: ${ports.port}\nhealthzPort: ${ports.healthzPort}\n`;
        this.clientName = "w1";
        this.write("proc/sys/kernel/random/boot_id", "boot-1\n");
        this.pair("kubelet", selfSigned());
        for (const folder of ["run", "tmp"]) mkdirSync(join(this.root, folder));
        this.tool("id", "echo 0");
        this.tool("sync", ":");
        this.tool("kubectl", "exit 1");
        this.tool("journalctl", "echo 'a line of the journal'");
        this.tool("ip", `printf '1: lo inet 127.0.0.1/8\\n2: eth0 inet ${ADDRESS}/24 brd\\n'`);
        const curl = `/usr/bin/curl -s http://127.0.0.1:${ports.controlPort}`;
        this.tool(
            "systemctl",
            `case $1 in
            show) cat '${this.root}/test-unit/unit' ;;
            restart) exit "$(${curl})" ;;
            esac`,
        );
        this.path = `${this.bin}:${process.env["PATH"] ?? ""}`;
        this.kubelet.start();
    }

    /** Puts a program in front of the node's own. */
    tool(name: string, body: string): void {
        this.write(`test-bin/${name}`, `#!/bin/sh\n${body}\n`);
        chmodSync(join(this.bin, name), 0o755);
    }

    /** Leaves only what the script names, without `missing`, and these programs to ask healthz with. */
    onlyTools(clients: string[], missing: string[] = []): void {
        const own = readdirSync(this.bin);
        const needed =
            "awk cat chmod cmp cp cut date flock grep head ls mkdir mktemp mv openssl readlink rm rmdir sed sha256sum sleep sort stat tail timeout tr";
        for (const tool of [...needed.split(" "), ...clients]) {
            const path = ["/usr/bin", "/bin"]
                .map((folder) => join(folder, tool))
                .find((file) => existsSync(file));
            if (path !== undefined && !own.includes(tool) && !missing.includes(tool))
                symlinkSync(path, join(this.bin, tool));
        }
        if (missing.length === 0) rmSync(join(this.bin, "ip"));
        this.write("proc/net/fib_trie", `     |-- ${ADDRESS}\n        /32 host LOCAL\n`);
        this.path = this.bin;
    }

    write(path: string, text: string): void {
        mkdirSync(dirname(join(this.root, path)), { recursive: true });
        writeFileSync(join(this.root, path), text);
    }

    link(path: string, target: string): void {
        mkdirSync(dirname(join(this.root, path)), { recursive: true });
        symlinkSync(target, join(this.root, path));
    }

    read(path: string): string {
        return readFileSync(join(this.root, path), "utf8");
    }

    exists(path: string): boolean {
        return existsSync(join(this.root, path));
    }

    get configuration(): string {
        return this.read("var/lib/kubelet/config.yaml");
    }

    set configuration(text: string) {
        this.write("var/lib/kubelet/config.yaml", text);
    }

    /** The node that the kubelet's client certificate is for. */
    set clientName(name: string) {
        const subject = `/O=system:nodes/CN=system:node:${name}`;
        const client = certificate({ subject, issuer: clusterCa() });
        const base64 = (text: string) => Buffer.from(text).toString("base64");
        this.write(
            "var/lib/kubelet/pki/kubelet-client-current.pem",
            client.certificate + client.key,
        );
        this.write(
            "etc/kubernetes/kubelet.conf",
            `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64(clusterCa().certificate)}
    server: https://10.0.0.11:6443
  name: default-cluster
kind: Config
users:
- name: default-auth
  user:
    client-certificate: /var/lib/kubelet/pki/kubelet-client-current.pem
    client-key: /var/lib/kubelet/pki/kubelet-client-current.pem
`,
        );
    }

    /** Writes a pair NAME.crt, NAME.key in the kubelet's certificate directory. */
    pair(name: string, pair: Pair): void {
        this.write(`var/lib/kubelet/pki/${name}.crt`, pair.certificate);
        this.write(`var/lib/kubelet/pki/${name}.key`, pair.key);
    }

    /** What lies in the kubelet's certificate directory, the self-signed pair and the client's aside. */
    get serverFiles(): string[] {
        return readdirSync(join(this.root, "var/lib/kubelet/pki"))
            .filter((name) => name.includes("server"))
            .sort();
    }

    /** Every file below the node's folder that a script may have written, with what tells a write. */
    snapshot(): string[] {
        const list: string[] = [];
        const walk = (folder: string) => {
            for (const entry of readdirSync(join(this.root, folder), { withFileTypes: true })) {
                const path = join(folder, entry.name);
                if (entry.isDirectory()) walk(path);
                else {
                    const { ino, mtimeMs, ctimeMs, size } = lstatSync(join(this.root, path));
                    list.push([path, ino, mtimeMs, ctimeMs, size].join(" "));
                }
            }
        };
        for (const folder of ["etc", "var", "run"]) walk(folder);
        return list.filter((line) => !line.startsWith("run/secure-metrics-server.lock")).sort();
    }

    /** What is sent to the node. */
    get text(): string {
        return nodeScript("kubelet", this.fullHeader);
    }

    send(text: string, ...words: string[]): Running {
        return startShell(this.shell, text, words, this.fullEnv);
    }

    start(...words: string[]): Running {
        return this.send(this.text, ...words);
    }

    run(...words: string[]): Promise<Run> {
        return this.start(...words).done;
    }

    get fullHeader(): Record<string, string> {
        return {
            ROOT: this.root,
            NODE_NAME: "w1",
            NODE_ADDRESSES: NODE_NAMES,
            APPROVAL_TIMEOUT: "4",
            HEALTH_TIMEOUT: "4",
            STABLE_SECONDS: "0",
            FIND_TIMEOUT: "1",
            LOCK_TIMEOUT: "2",
            POLL_SECONDS: "0.2",
            ...this.header,
        };
    }

    get fullEnv(): NodeJS.ProcessEnv {
        return { PATH: this.path, ...this.env };
    }
}
