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
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isNodeStatus } from "../../components/ssh/nodeStatus";
import { failed, succeeded } from "./support/expectations";
import { describeInShells, describeInTurn, type Cases } from "./support/parallel";
import { locate, nodeScript, startShell, type Run, type ShellName } from "./support/shells";

const STOCK = `apiVersion: kubelet.config.k8s.io/v1beta1
clusterDNS:
- 10.96.0.10
kind: KubeletConfiguration
rotateCertificates: true
`;

interface ConfigMap {
    apiVersion: string;
    kind: string;
    metadata: Record<string, unknown> & { resourceVersion: string };
    data: Record<string, string>;
}

/** The part of the API server that kubectl needs for one ConfigMap, optimistic lock included. */
class FakeApiServer {
    object: ConfigMap | undefined;
    patches = 0;
    /** Called before each patch is judged. */
    onPatch: () => void = () => undefined;
    private readonly server: Server;

    constructor() {
        this.server = createServer((request, response) => {
            void this.answer(request, response);
        });
    }

    listen(): Promise<number> {
        return new Promise((resolve) =>
            this.server.listen(0, "127.0.0.1", () => {
                resolve((this.server.address() as AddressInfo).port);
            }),
        );
    }

    close(): void {
        this.server.close();
        this.server.closeAllConnections();
    }

    touch(): void {
        if (this.object === undefined) return;
        this.object.metadata.resourceVersion = String(
            Number(this.object.metadata.resourceVersion) + 1,
        );
    }

    private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const send = (status: number, body: unknown) => {
            response
                .writeHead(status, { "Content-Type": "application/json" })
                .end(JSON.stringify(body));
        };
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const path = (request.url ?? "").replace(/\?.*/, "");
        if (path === "/api") {
            send(200, { kind: "APIVersions", versions: ["v1"] });
        } else if (path === "/apis") {
            send(200, { kind: "APIGroupList", apiVersion: "v1", groups: [] });
        } else if (path === "/api/v1") {
            const verbs = ["get", "list", "patch"];
            const configMaps = {
                name: "configmaps",
                singularName: "",
                namespaced: true,
                kind: "ConfigMap",
                verbs,
            };
            send(200, { kind: "APIResourceList", groupVersion: "v1", resources: [configMaps] });
        } else if (
            this.object === undefined ||
            !path.endsWith("/namespaces/kube-system/configmaps/kubelet-config")
        ) {
            send(404, refusal("NotFound", 404));
        } else if (request.method === "PATCH") {
            this.patches += 1;
            this.onPatch();
            assert.equal(request.headers["content-type"], "application/merge-patch+json");
            const patch = JSON.parse(Buffer.concat(chunks).toString()) as ConfigMap;
            if (patch.metadata.resourceVersion !== this.object.metadata.resourceVersion) {
                send(409, refusal("Conflict", 409));
                return;
            }
            assert.deepEqual(Object.keys(patch), ["metadata", "data"]);
            assert.deepEqual(Object.keys(patch.metadata), ["resourceVersion"]);
            Object.assign(this.object.data, patch.data);
            this.touch();
            send(200, this.object);
        } else {
            send(200, this.object);
        }
    }
}

function refusal(reason: string, code: number): unknown {
    const message = reason === "Conflict" ? "the object has been modified" : "not found";
    return { kind: "Status", apiVersion: "v1", status: "Failure", reason, code, message };
}

/** A control-plane node with kubectl, the real one, and an API server that holds one ConfigMap. */
class ControlPlane {
    readonly root = mkdtempSync(join(tmpdir(), "control-plane-"));
    readonly api = new FakeApiServer();
    header: Record<string, string> = {};

    static async use(shell: ShellName, body: (node: ControlPlane) => Promise<void>): Promise<void> {
        const node = new ControlPlane(shell);
        try {
            const port = await node.api.listen();
            node.content = STOCK;
            node.write(
                "etc/kubernetes/admin.conf",
                `apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "http://127.0.0.1:${port}"}}]
contexts: [{name: x, context: {cluster: c, user: u}}]
users: [{name: u, user: {}}]
current-context: x
`,
            );
            node.write("bin/id", "#!/bin/sh\necho 0\n");
            node.write("bin/sync", "#!/bin/sh\n");
            for (const tool of ["id", "sync"]) chmodSync(join(node.root, "bin", tool), 0o755);
            mkdirSync(join(node.root, "run"));
            await body(node);
        } finally {
            node.api.close();
            rmSync(node.root, { recursive: true });
        }
    }

    private constructor(private readonly shell: ShellName) {}

    write(path: string, text: string): void {
        mkdirSync(join(this.root, path, ".."), { recursive: true });
        writeFileSync(join(this.root, path), text);
    }

    get content(): string {
        return this.api.object?.data["kubelet"] ?? "";
    }

    set content(text: string) {
        this.api.object = {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: {
                name: "kubelet-config",
                namespace: "kube-system",
                resourceVersion: "100",
                annotations: { "kubeadm.kubernetes.io/component-config.hash": "sha256:1" },
            },
            data: { kubelet: text, other: "kept" },
        };
    }

    get state(): string | undefined {
        const file = join(this.root, "var/lib/secure-metrics-server/kubelet-config/previous");
        return existsSync(file) ? readFileSync(file, "utf8") : undefined;
    }

    run(...words: string[]): Promise<Run> {
        const header = { ROOT: this.root, NODE_NAME: "w1", POLL_SECONDS: "0.05", ...this.header };
        const PATH = `${join(this.root, "bin")}:${process.env["PATH"] ?? ""}`;
        const env = { PATH, HOME: this.root };
        return startShell(this.shell, nodeScript("kubelet-config", header), words, env).done;
    }
}

function onControlPlane(body: (node: ControlPlane) => Promise<void>): Cases[string] {
    return (shell) => ControlPlane.use(shell, body);
}

const LACKS = locate("kubectl") === undefined ? ["kubectl is not installed"] : [];

describeInShells(
    "kubelet/kubelet-config.sh",
    {
        "sets the key and touches nothing else": onControlPlane(async (node) => {
            const { metadata } = structuredClone(node.api.object ?? assert.fail());
            const result = succeeded(await node.run("ensure"));
            assert.deepEqual([result["changed"], result["skipped"]], [true, false]);
            assert.equal(node.content, `${STOCK}serverTLSBootstrap: true\n`);
            assert.deepEqual(node.api.object?.data["other"], "kept");
            assert.deepEqual(node.api.object.metadata, { ...metadata, resourceVersion: "101" });
        }),
        "does not write when it is already true": onControlPlane(async (node) => {
            node.content = `${STOCK}serverTLSBootstrap: true\n`;
            const result = succeeded(
                await node.run("ensure", "--repair", "kubelet-config:false@8c0bc4"),
            );
            assert.equal(result["changed"], false);
            assert.equal(node.api.patches, 0);
            assert.equal(node.state, undefined);
        }),
        "keeps every byte that YAML may carry": onControlPlane(async (node) => {
            node.content = `# "quotes" \\ back\\slash\ttab %s äö€𝄞 \u0085\u2028 \u0001\n${STOCK}a: 'x # y'`;
            const before = node.content;
            succeeded(await node.run("ensure"));
            assert.equal(node.content, `${before}\nserverTLSBootstrap: true`);
            succeeded(await node.run("revert"));
            assert.equal(node.content, before);
        }),
        "puts false back and leaves no state": onControlPlane(async (node) => {
            node.content = `serverTLSBootstrap: false\n${STOCK}`;
            succeeded(await node.run("ensure"));
            assert.equal(node.state, "false\n");
            assert.equal(succeeded(await node.run("revert"))["changed"], true);
            assert.equal(node.content, `serverTLSBootstrap: false\n${STOCK}`);
            assert.equal(existsSync(join(node.root, "var/lib/secure-metrics-server")), false);
            assert.equal(succeeded(await node.run("revert"))["changed"], false);
        }),
    },
    LACKS,
);

describeInTurn(
    "kubelet-config.sh, details",
    {
        "tries again when somebody else was faster, and keeps their change": onControlPlane(
            async (node) => {
                node.api.onPatch = () => {
                    if (node.api.patches > 1) return;
                    node.content = `maxPods: 42\n${STOCK}`;
                    node.api.touch();
                };
                assert.equal(succeeded(await node.run("ensure"))["changed"], true);
                assert.equal(node.content, `maxPods: 42\n${STOCK}serverTLSBootstrap: true\n`);
            },
        ),
        "gives up when somebody else is always faster": onControlPlane(async (node) => {
            node.header = { ATTEMPTS: "3" };
            node.api.onPatch = () => {
                node.api.touch();
            };
            failed(await node.run("ensure"), 76, /changed by somebody else 3 times/);
            assert.equal(node.content, STOCK);
            assert.equal(node.api.patches, 3);
        }),
        "skips a cluster without the ConfigMap": onControlPlane(async (node) => {
            node.api.object = undefined;
            const run = await node.run("ensure");
            assert.equal(succeeded(run)["skipped"], true);
            assert.match(run.output, /there is no ConfigMap/);
            const skipped = succeeded(await node.run("status"));
            assert.equal(isNodeStatus(skipped) && skipped.inSync, true);
        }),
        "refuses content that it does not understand": onControlPlane(async (node) => {
            node.content = `${STOCK}---\na: 1\n`;
            failed(await node.run("ensure"), 65, /has a second document/);
            assert.equal(node.api.patches, 0);
        }),
        "refuses a ConfigMap without content": onControlPlane(async (node) => {
            node.content = "";
            failed(await node.run("ensure"), 65, /an empty file/);
        }),
        "takes the uploads of its own stack along, and leaves those of others": onControlPlane(
            async (node) => {
                const upload = (stack: string): string =>
                    `run/secure-metrics-server.script-preflight-${"0".repeat(64)}.${stack}.4711`;
                for (const stack of ["0a1b2c3d", "4e5f6a7b"])
                    node.write(upload(stack), "# never run\n");
                node.header["STACK"] = "0a1b2c3d";
                succeeded(await node.run("ensure"));
                succeeded(await node.run("revert"));
                assert.ok(!existsSync(join(node.root, upload("0a1b2c3d"))));
                assert.ok(existsSync(join(node.root, upload("4e5f6a7b"))));
            },
        ),
        "does not revert what it did not set": onControlPlane(async (node) => {
            node.content = `${STOCK}serverTLSBootstrap: true\n`;
            succeeded(await node.run("ensure"));
            assert.equal(succeeded(await node.run("revert"))["changed"], false);
            assert.equal(node.api.patches, 0);
        }),
        "refuses a node that is no control plane": onControlPlane(async (node) => {
            rmSync(join(node.root, "etc"), { recursive: true });
            failed(await node.run("ensure"), 71, /expected a control-plane node/);
        }),
        "says what kubectl said when the API server is gone": onControlPlane(async (node) => {
            node.api.close();
            failed(await node.run("ensure"), 71, /kubectl cannot read .*refused/);
        }),
        "finds in status what ensure would change, and changes nothing": onControlPlane(
            async (node) => {
                const status = succeeded(await node.run("status"));
                assert.deepEqual(
                    [status["inSync"], status["causes"]],
                    [false, ["kubelet-config:absent"]],
                );
                assert.equal(node.api.patches, 0);
                succeeded(await node.run("ensure"));
                assert.deepEqual(succeeded(await node.run("status"))["causes"], []);
            },
        ),
    },
    LACKS,
);
