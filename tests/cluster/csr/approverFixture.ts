import { spawnSync } from "node:child_process";
import {
    chmodSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readFileSync,
    rmSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { X509Certificate } from "node:crypto";
import { dirname, join } from "node:path";
import { approverFiles } from "../../support/approverFiles";
import { certificate, clusterCa } from "../../scripts/support/certificates";
import { requestLine, type PendingRequest } from "./listing";

/** Where the approver and its credential are on a control plane. */
export const APPROVER = "var/lib/secure-metrics-server/approver";

/** What the kubelet and the API server of cp1, the fixture's own node, are known by. */
const OWN = {
    kubelet: certificate({ subject: "/O=system:nodes/CN=system:node:cp1", issuer: clusterCa() }),
    server: certificate({
        subject: "/CN=kube-apiserver",
        names: "DNS:cp1,DNS:kubernetes,DNS:kubernetes.default.svc,DNS:api.example.com,IP:10.96.0.1,IP:10.0.0.10,IP:10.0.0.100,IP:2001:db8::100",
        issuer: clusterCa(),
    }),
};

/** How the API server names the credential of a certificate. */
export function credentialId(pem: string): string {
    const { fingerprint256 } = new X509Certificate(pem);
    return `X509SHA256=${fingerprint256.replaceAll(":", "").toLowerCase()}`;
}

/** What the API server writes down for requests of cp1's own kubelet. */
export const OWN_CREDENTIAL = credentialId(OWN.kubelet.certificate);

const KUBECONFIG = `apiVersion: v1
kind: Config
clusters:
- cluster:
    server: https://vip.example.com:6443
  name: kubernetes
`;

const MANIFEST = `spec:
  containers:
  - command:
    - kube-apiserver
    - --service-cluster-ip-range=10.96.0.0/13,fd00:10::/107
    - --tls-cert-file=/etc/kubernetes/pki/apiserver.crt
`;

/** A shell and the awk that usually comes with it: both dialects matter. */
export interface Dialect {
    name: string;
    shell: string[];
    awk: string[];
}

const DIALECTS: Dialect[] = [
    { name: "dash, mawk", shell: ["dash"], awk: ["mawk"] },
    { name: "busybox", shell: ["busybox", "sh"], awk: ["busybox", "awk"] },
    { name: "bash, gawk", shell: ["bash"], awk: ["gawk"] },
    { name: "bash", shell: ["bash"], awk: ["/usr/bin/awk"] },
];

/** The dialects that this machine has. */
export function dialects(): Dialect[] {
    const found = DIALECTS.filter(({ shell, awk }) => [shell, awk].every(works));
    const gawk = found.some(({ name }) => name.includes("gawk"));
    return found.filter(({ name }) => name !== "bash" || !gawk);
}

function works(command: string[]): boolean {
    const [program = "", ...words] = command;
    const trial = words.length > 0 ? [...words, "--help"] : ["--version"];
    return spawnSync(program, trial).error === undefined;
}

/** Answers like kubectl with what lies in $FAKE, and keeps what it is told to approve. */
const KUBECTL = `#!/bin/sh
printf '%s\\n' "$*" | tr '\\n' ' ' >>"$FAKE/calls"; echo >>"$FAKE/calls"
if [ -f "$FAKE/broken" ]; then cat "$FAKE/broken" >&2; exit 1; fi
case " $* " in
*" replace "*)
    if [ -f "$FAKE/conflict" ]; then echo "Error from server (Conflict): the UID differs" >&2; exit 1; fi
    if [ -f "$FAKE/forbidden" ]; then echo "Error from server (Forbidden): no" >&2; exit 1; fi
    for file do :; done
    cat "$file" >>"$FAKE/approved"
    ;;
*" --no-headers "*) cat "$FAKE/table" ;;
*" --chunk-size="*)
    if [ -f "$FAKE/endless" ]; then exec cat /dev/zero; fi
    if [ -f "$FAKE/slow" ]; then exit 124; fi # as timeout(1) ends
    cat "$FAKE/requests"
    ;;
*" certificatesigningrequests.v1.certificates.k8s.io/none "*) cat "$FAKE/requests" ;;
*" service/kubernetes "*) cat "$FAKE/cluster" ;;
*) echo "unexpected: $*" >&2; exit 1 ;;
esac
`;

/** What the fake cluster holds. */
export interface Scene {
    inventory: string;
    cluster: string[];
    requests: (PendingRequest | string)[];
}

export interface Outcome {
    status: number | null;
    lines: string[];
    /** The bodies of the approvals. */
    approved: string;
}

/** A file system for the approver, with a fake kubectl in front of the tools. */
export class ApproverFixture {
    readonly root = mkdtempSync(join(tmpdir(), "approver-"));
    readonly fake = join(this.root, "fake");
    readonly inventories = join(this.root, "etc/secure-metrics-server/csr-inventory.d");

    constructor(private readonly dialect: Dialect) {
        for (const folder of [this.fake, this.inventories, join(this.root, "bin")]) {
            mkdirSync(folder, { recursive: true });
        }
        for (const [name, text] of Object.entries(approverFiles())) {
            this.write(`${APPROVER}/${name}`, text);
        }
        this.write(`${APPROVER}/kubeconfig`, KUBECONFIG);
        const client = "/var/lib/kubelet/pki/kubelet-client-current.pem";
        this.write("etc/kubernetes/kubelet.conf", `    client-certificate: ${client}\n`);
        this.write(client, OWN.kubelet.certificate + OWN.kubelet.key);
        this.write("etc/kubernetes/pki/apiserver.crt", OWN.server.certificate);
        this.write("etc/kubernetes/manifests/kube-apiserver.yaml", MANIFEST);
        this.tool("kubectl", KUBECTL);
        this.tool("awk", `#!/bin/sh\nexec ${dialect.awk.join(" ")} "$@"\n`);
    }

    /** A file of the machine. */
    write(path: string, text: string): void {
        mkdirSync(dirname(join(this.root, path)), { recursive: true });
        writeFileSync(join(this.root, path), text);
    }

    tool(name: string, text: string): void {
        writeFileSync(join(this.root, "bin", name), text);
        chmodSync(join(this.root, "bin", name), 0o755);
    }

    set(scene: Partial<Scene>): void {
        const lines = (list: string[]): string => list.map((line) => `${line}\n`).join("");
        if (scene.inventory !== undefined) {
            writeFileSync(join(this.inventories, "project.stack.name"), scene.inventory);
        }
        if (scene.cluster !== undefined) {
            writeFileSync(join(this.fake, "cluster"), lines(scene.cluster));
        }
        if (scene.requests !== undefined) {
            const list = scene.requests.map((one) =>
                typeof one === "string" ? one : requestLine(one),
            );
            writeFileSync(join(this.fake, "requests"), lines(list));
        }
    }

    run(...words: string[]): Outcome {
        const [shell = "", ...options] = this.dialect.shell;
        rmSync(join(this.fake, "approved"), { force: true });
        const result = spawnSync(
            shell,
            [...options, join(this.root, APPROVER, "approver.sh"), ...words],
            {
                encoding: "utf8",
                timeout: 60_000,
                env: {
                    PATH: `${join(this.root, "bin")}:${process.env["PATH"] ?? ""}`,
                    ROOT: this.root,
                    FAKE: this.fake,
                },
            },
        );
        const output = `${result.stdout}${result.stderr}`;
        return {
            status: result.status,
            lines: output.split("\n").filter((line) => line !== ""),
            approved: this.read("approved"),
        };
    }

    read(name: string): string {
        const file = join(this.fake, name);
        return existsSync(file) ? readFileSync(file, "utf8") : "";
    }

    remove(): void {
        rmSync(this.root, { recursive: true, force: true });
    }
}
