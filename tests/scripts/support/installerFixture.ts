import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import {
    chmodSync,
    existsSync,
    mkdirSync,
    mkdtempSync,
    readdirSync,
    readFileSync,
    rmSync,
    statSync,
    writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type { Dialect } from "../../cluster/csr/approverFixture";
import { CLUSTER_KUBECTL } from "./fakeCluster";
import { nodeScript } from "./shells";

export const UNIT = "secure-metrics-server-csr-approval";
export const FILES = {
    script: "var/lib/secure-metrics-server/approver/approver.sh",
    program: "var/lib/secure-metrics-server/approver/approver.awk",
    bytes: "var/lib/secure-metrics-server/approver/request.awk",
    reserved: "var/lib/secure-metrics-server/approver/reserved.awk",
    credential: "var/lib/secure-metrics-server/approver/kubeconfig",
    inventory: "etc/secure-metrics-server/csr-inventory.d/project.stack.metrics",
    service: `etc/systemd/system/${UNIT}.service`,
    timer: `etc/systemd/system/${UNIT}.timer`,
    marker: "run/secure-metrics-server/expect",
};
export const HEADER = {
    INSTANCE: "project.stack.metrics",
    INVENTORY: "cp1 10.0.0.1\nw1 10.0.0.2",
    CONTROL_PLANES: "cp1",
    INTERVAL: "60",
};
/** What an install writes and a later one leaves alone: all but the marker. */
export const LASTING = Object.values(FILES).slice(0, -1);
/** What is in the cluster for one control plane. */
export const OBJECTS = [
    "clusterrole",
    "clusterrolebinding",
    "role",
    "rolebinding",
    "secret",
    "serviceaccount",
];
const ADMIN = `apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: Q0E=
    server: https://10.0.0.100:6443
users:
- user:
    client-key-data: a-secret
`;

/** Remembers what it is told; a timer is enabled and active after `enable` and until `disable`. */
const SYSTEMCTL = `echo "$*" >>"$ROOT/systemctl.log"
case $1 in
daemon-reload) [ ! -f "$ROOT/hanging" ] ;;
enable) : >"$ROOT/enabled" ;;
disable) rm -f "$ROOT/enabled" ;;
is-enabled | is-active) [ -f "$ROOT/enabled" ] ;;
show) if [ -f "$ROOT/failing" ]; then echo Result=exit-code; else echo Result=success; fi ;;
esac`;

export interface Outcome {
    status: number | null;
    lines: string[];
    result: unknown;
    calls: string[];
}

/** A control plane as far as the script looks at it. */
export class InstallerFixture {
    readonly root = mkdtempSync(join(tmpdir(), "csr-approval-"));

    constructor(private readonly dialect: Dialect) {
        this.write("etc/kubernetes/admin.conf", ADMIN);
        mkdirSync(join(this.root, "etc/systemd/system"), { recursive: true });
        this.tool("systemctl", SYSTEMCTL);
        this.tool("id", "echo 0");
        this.tool("kubectl", CLUSTER_KUBECTL);
        this.tool("awk", `exec ${dialect.awk.join(" ")} "$@"`);
    }

    tool(name: string, body: string): void {
        this.write(`bin/${name}`, `#!/bin/sh\n${body}\n`);
        chmodSync(join(this.root, "bin", name), 0o755);
    }

    write(path: string, text: string): void {
        mkdirSync(dirname(join(this.root, path)), { recursive: true });
        writeFileSync(join(this.root, path), text);
    }

    has(path: string): boolean {
        return existsSync(join(this.root, path));
    }

    read(path: string): string {
        return readFileSync(join(this.root, path), "utf8");
    }

    mode(path: string): string {
        return (statSync(join(this.root, path)).mode & 0o7777).toString(8);
    }

    run(verb: string, header: Partial<typeof HEADER> & { SCRIPT?: string } = {}): Outcome {
        const [shell = "", ...options] = this.dialect.shell;
        const text = nodeScript("csr-approval", { ...HEADER, ...header });
        rmSync(join(this.root, "systemctl.log"), { force: true });
        const { status, stdout, stderr } = spawnSync(shell, [...options, "-s", "--", verb], {
            input: text,
            encoding: "utf8",
            timeout: 60_000,
            env: {
                PATH: `${join(this.root, "bin")}:${process.env["PATH"] ?? ""}`,
                ROOT: this.root,
                NODE_NAME: "cp1",
                POLL_SECONDS: "0",
            },
        });
        assert.equal(stderr, "");
        assert.doesNotMatch(stdout, /a-secret|token-\d/);
        assert.deepEqual(
            readdirSync(join(this.root, "run")).filter((name) => name.includes(".")),
            ["secure-metrics-server.lock"].filter(() => this.has("run/secure-metrics-server.lock")),
        );
        const lines = stdout.split("\n").filter((line) => line !== "");
        const calls = this.has("systemctl.log")
            ? this.read("systemctl.log").trim().split("\n")
            : [];
        const last = lines.at(-1) ?? "";
        return {
            status,
            lines,
            result: last.startsWith("{") ? JSON.parse(last) : undefined,
            calls,
        };
    }

    /** The kinds of the objects that there are in the cluster. */
    get objects(): string[] {
        return this.has("cluster") ? readdirSync(join(this.root, "cluster")).sort() : [];
    }

    /** What kubectl was asked to do, as whom. */
    get asked(): string {
        return this.has("kubectl.log") ? this.read("kubectl.log") : "";
    }

    remove(): void {
        rmSync(this.root, { recursive: true, force: true });
    }
}
