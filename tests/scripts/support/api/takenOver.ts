import assert from "node:assert/strict";
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
import { dirname, join } from "node:path";
import { createServer, type Server } from "node:tls";
import type { AddressInfo } from "node:net";
import { service } from "../../../../components/metrics-server/manifests";
import { certificate } from "../certificates";
import type { Cases } from "../parallel";
import { nodeScript, startShell, type Run, type ShellName } from "../shells";
import { objectsOf, type Shape } from "./installations";
import type { KubeObject } from "./objects";
import { ObjectServer } from "./server";

const OWN = { "app.kubernetes.io/part-of": "secure-metrics-server" };
const NAME = "metrics-server";
export const KEPT = "var/lib/secure-metrics-server/taken-over";
export const CA = certificate({ subject: "/CN=metrics-server-ca", ca: true });
const LEAF = certificate({ subject: "/CN=ms", names: `DNS:${NAME}.kube-system.svc`, issuer: CA });

/**
 * A control plane with the real kubectl and an API server that has an installed metrics-server, new pods that really serve TLS, and
 * a look after each change at what an API server would see.
 */
export class TakenOver {
    readonly root = mkdtempSync(join(tmpdir(), "take-over-"));
    readonly api = new ObjectServer();
    /** Moments at which a request would have failed, in words. */
    readonly gaps: string[] = [];
    header: Record<string, string> = {};
    private readonly pods: Server;
    private group: number | undefined;

    private constructor(
        private readonly shell: ShellName,
        readonly shape: Shape,
        leaf = LEAF,
    ) {
        const { certificate: cert, key } = leaf;
        this.pods = createServer({ cert, key }, (socket) => socket.on("error", () => undefined));
    }

    static async use(
        shell: ShellName,
        shape: Shape,
        body: (node: TakenOver) => Promise<void>,
        leaf = LEAF,
    ): Promise<void> {
        const node = new TakenOver(shell, shape, leaf);
        try {
            await node.begin();
            await body(node);
        } finally {
            node.api.close();
            node.pods.close();
            rmSync(node.root, { recursive: true });
        }
    }

    private async begin(): Promise<void> {
        const port = await this.api.listen();
        await new Promise<void>((resolve) => this.pods.listen(0, "127.0.0.1", resolve));
        this.write(
            "etc/kubernetes/admin.conf",
            `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "http://127.0.0.1:${port}"}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
users: [{name: u, user: {}}]
current-context: x
`,
        );
        mkdirSync(join(this.root, "run"));
        for (const [tool, text] of [
            ["id", "echo 0"],
            ["sync", ""],
        ] as const) {
            this.write(`bin/${tool}`, `#!/bin/sh\n${text}\n`);
            chmodSync(join(this.root, "bin", tool), 0o755);
        }
        for (const object of objectsOf(this.shape)) this.api.put(object);
        this.linkOwners();
        this.api.onChange = () => {
            this.look();
        };
    }

    /** What a controller writes: who owns whom, by uid. */
    private linkOwners(): void {
        for (const { metadata } of this.api.objects.values()) {
            for (const owner of metadata.ownerReferences ?? []) {
                owner.uid = this.api.get(owner.kind, owner.name)?.metadata.uid ?? owner.uid;
            }
        }
    }

    /** What an API server would see at this moment. */
    private look(): void {
        const after = this.api.changes.at(-1) ?? "";
        const spec = this.api.get("APIService", "v1beta1.metrics.k8s.io")?.["spec"] as
            { insecureSkipTLSVerify?: boolean; caBundle?: string } | undefined;
        const endpoints = this.api.endpoints();
        if (spec === undefined || endpoints.length === 0) {
            this.gaps.push(`nobody serves after: ${after}`);
            return;
        }
        if (spec.insecureSkipTLSVerify === true && spec.caBundle !== undefined) {
            this.gaps.push(`an invalid APIService after: ${after}`);
        }
        const trusted = Buffer.from(spec.caBundle ?? "", "base64").toString();
        const served = endpoints.map((pod) => String(pod["ca"]).trim());
        if (spec.insecureSkipTLSVerify !== true && !served.every((ca) => trusted.includes(ca))) {
            this.gaps.push(`not verified after: ${after}`);
        }
        const adopted = this.api
            .all("ReplicaSet")
            .filter(({ metadata }) => metadata.ownerReferences === undefined)
            .filter(({ metadata }) => metadata.labels?.["k8s-app"] === NAME);
        if (this.isNew() && adopted.length > 0) this.gaps.push(`adopted after: ${after}`);
    }

    private isNew(): boolean {
        const labels = this.api.get("Deployment", NAME)?.metadata.labels;
        return labels?.["app.kubernetes.io/part-of"] === "secure-metrics-server";
    }

    /** What the provider makes when the old pods stand aside: a Deployment whose pods are ready. */
    makeDeployment(): void {
        const labels = { "k8s-app": NAME };
        const put = (object: KubeObject): KubeObject => this.api.put(object);
        const { metadata } = put({
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name: NAME, labels: { ...labels, ...OWN } },
            spec: { replicas: 1 },
        });
        const owner = { kind: "Deployment", name: NAME, uid: metadata.uid ?? "" };
        const hashed = { ...labels, "pod-template-hash": "new" };
        const set = put({
            apiVersion: "apps/v1",
            kind: "ReplicaSet",
            metadata: { name: `${NAME}-new`, labels: hashed, ownerReferences: [owner] },
            spec: { replicas: 1 },
        });
        const { port } = this.pods.address() as AddressInfo;
        put({
            apiVersion: "v1",
            kind: "Pod",
            metadata: {
                name: `${NAME}-new-1`,
                labels: hashed,
                ownerReferences: [
                    { kind: "ReplicaSet", name: `${NAME}-new`, uid: set.metadata.uid ?? "" },
                ],
            },
            spec: { containers: [{ name: NAME, ports: [{ name: "https", containerPort: port }] }] },
            status: { podIP: "127.0.0.1" },
            ca: CA.certificate,
        });
        this.look();
    }

    /** What the provider makes of Service and APIService in the end. */
    upsert(): void {
        const labels = { "k8s-app": NAME, ...OWN };
        const existing = this.api.get("Service", NAME);
        this.api.put({
            apiVersion: "v1",
            kind: "Service",
            ...existing,
            metadata: { ...existing?.metadata, name: NAME, labels },
            spec: { ...service().spec },
        });
        this.api.changes.push("the provider's Service");
        this.look();
    }

    write(path: string, text: string): void {
        mkdirSync(dirname(join(this.root, path)), { recursive: true });
        writeFileSync(join(this.root, path), text);
    }

    /** What is kept of an object; undefined when there is none. */
    kept(file: string): string | undefined {
        const path = join(this.root, KEPT, file);
        return existsSync(path) ? readFileSync(path, "utf8") : undefined;
    }

    async run(verb: string): Promise<Run> {
        const header = {
            ROOT: this.root,
            NODE_NAME: "cp1",
            STACK: "s",
            POLL_SECONDS: "0.05",
            SETTLE_SECONDS: "0",
            ...(verb === "switch" && {
                CA_BUNDLE: Buffer.from(CA.certificate).toString("base64"),
                PORTS: JSON.stringify(service().spec.ports),
            }),
            ...this.header,
        };
        const env = {
            PATH: `${join(this.root, "bin")}:${process.env["PATH"] ?? ""}`,
            HOME: this.root,
        };
        const running = startShell(this.shell, nodeScript("take-over", header), [verb], env);
        this.group = running.group;
        const run = await running.done;
        this.group = undefined;
        return run;
    }

    /** Runs a verb and ends it the hard way right after its nth change, before the answer comes. */
    async killedAfter(changes: number, verb: string): Promise<void> {
        const from = this.api.changes.length;
        this.api.onChange = (count) => {
            this.look();
            if (count - from === changes && this.group !== undefined) {
                process.kill(-this.group, "SIGKILL");
            }
        };
        const { signal } = await this.run(verb);
        assert.equal(signal, "SIGKILL", `${verb} made fewer than ${changes} changes`);
        this.api.onChange = () => {
            this.look();
        };
    }

    /** Runs a verb that has to end well. */
    async does(verb: string): Promise<Run> {
        const run = await this.run(verb);
        assert.equal(run.code, 0, run.output);
        return run;
    }
}

/** A case that gets an installation of its own. */
export function onInstallation(
    shape: Shape,
    body: (node: TakenOver) => Promise<void>,
): Cases[string] {
    return (shell) => TakenOver.use(shell, shape, body);
}
