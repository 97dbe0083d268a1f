import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fits, patched, selectorIn, type KubeObject, type Operation } from "./objects";

/** Kinds that the server knows: plural, API version, whether in a namespace. */
const KINDS: Record<string, [plural: string, apiVersion: string, namespaced: boolean]> = {
    ConfigMap: ["configmaps", "v1", true],
    Pod: ["pods", "v1", true],
    Secret: ["secrets", "v1", true],
    Service: ["services", "v1", true],
    ServiceAccount: ["serviceaccounts", "v1", true],
    Deployment: ["deployments", "apps/v1", true],
    ReplicaSet: ["replicasets", "apps/v1", true],
    EndpointSlice: ["endpointslices", "discovery.k8s.io/v1", true],
    PodDisruptionBudget: ["poddisruptionbudgets", "policy/v1", true],
    APIService: ["apiservices", "apiregistration.k8s.io/v1", false],
    ClusterRole: ["clusterroles", "rbac.authorization.k8s.io/v1", false],
    ClusterRoleBinding: ["clusterrolebindings", "rbac.authorization.k8s.io/v1", false],
    Role: ["roles", "rbac.authorization.k8s.io/v1", true],
    RoleBinding: ["rolebindings", "rbac.authorization.k8s.io/v1", true],
};

const VERBS = ["create", "delete", "get", "list", "patch", "update"];

/**
 * The part of an API server that the real kubectl needs for objects, with what controllers make of them: endpoints of a Service,
 * and what goes with its owner.
 */
export class ObjectServer {
    readonly objects = new Map<string, KubeObject>();
    /** What was changed, in words. */
    readonly changes: string[] = [];
    /** Called after each change, with how many there were; its promise is waited for before the answer is sent. */
    onChange: (count: number) => void | Promise<void> = () => undefined;
    /** Called before each patch is judged. */
    onPatch: (object: KubeObject) => void = () => undefined;
    /** Whether the metrics API answers. */
    answers: () => boolean = () => true;
    private version = 1;
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

    put(object: KubeObject): KubeObject {
        const { kind, metadata } = object;
        const [, , namespaced] = kindOf(kind);
        metadata.uid ??= `${(this.version + 1).toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`;
        metadata.resourceVersion = String(++this.version);
        if (namespaced) metadata.namespace = "kube-system";
        this.objects.set(`${kind}/${metadata.name}`, object);
        return object;
    }

    get(kind: string, name: string): KubeObject | undefined {
        return this.objects.get(`${kind}/${name}`);
    }

    all(kind: string): KubeObject[] {
        return [...this.objects.values()].filter((object) => object.kind === kind);
    }

    /** The pods that a Service sends to. */
    endpoints(service = "metrics-server"): KubeObject[] {
        const spec = this.get("Service", service)?.["spec"] as
            { selector?: Record<string, string> } | undefined;
        const selector = spec?.selector;
        return selector === undefined
            ? []
            : this.all("Pod").filter(({ metadata }) => fits(metadata.labels, selector));
    }

    private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const url = new URL(request.url ?? "", "http://api");
        const [status, body] = await this.handle(
            request.method ?? "",
            url,
            Buffer.concat(chunks).toString(),
        ).catch((error: unknown): [number, unknown] => [500, failure(500, String(error))]);
        response
            .writeHead(status, { "Content-Type": "application/json" })
            .end(JSON.stringify(body));
    }

    private async handle(method: string, url: URL, text: string): Promise<[number, unknown]> {
        const discovered = discovery(url.pathname);
        if (discovered !== undefined) return [200, discovered];
        if (url.pathname.startsWith("/apis/metrics.k8s.io/")) {
            return this.answers()
                ? [200, { items: [] }]
                : [503, failure(503, "ServiceUnavailable")];
        }
        const target = targetOf(url.pathname);
        if (target === undefined) return [404, failure(404, "NotFound")];
        const { kind, name } = target;
        if (name === undefined) {
            return method === "POST" ? this.create(kind, text) : [200, this.list(kind, url)];
        }
        const object = this.get(kind, name);
        if (object === undefined)
            return [404, failure(404, "NotFound", `${kind} "${name}" not found`)];
        if (method === "PATCH") return this.patch(object, JSON.parse(text) as Operation[]);
        if (method === "PUT") return this.replace(object, JSON.parse(text) as KubeObject);
        if (method === "DELETE") return this.delete(object, text);
        return [200, object];
    }

    private list(kind: string, url: URL): unknown {
        const wanted = selectorIn(url.searchParams.get("labelSelector"));
        const items = kind === "EndpointSlice" ? [this.slice()] : this.all(kind);
        return {
            kind: `${kind}List`,
            apiVersion: kindOf(kind)[1],
            metadata: {},
            items: items.filter(({ metadata }) => fits(metadata.labels, wanted)),
        };
    }

    private slice(): KubeObject {
        return {
            apiVersion: "discovery.k8s.io/v1",
            kind: "EndpointSlice",
            metadata: {
                name: "metrics-server-x",
                labels: { "kubernetes.io/service-name": "metrics-server" },
            },
            endpoints: this.endpoints().map(({ status }) => ({
                addresses: [(status as { podIP: string }).podIP],
                conditions: { ready: true },
            })),
        };
    }

    private async create(kind: string, text: string): Promise<[number, unknown]> {
        const object = JSON.parse(text) as KubeObject;
        if (this.get(kind, object.metadata.name) !== undefined) {
            return [409, failure(409, "AlreadyExists")];
        }
        this.put({ ...object, kind, apiVersion: kindOf(kind)[1] });
        await this.changed(`create ${kind}/${object.metadata.name}`);
        return [201, object];
    }

    private async replace(object: KubeObject, next: KubeObject): Promise<[number, unknown]> {
        const { uid } = object.metadata;
        this.put({ ...next, metadata: { ...next.metadata, ...(uid !== undefined && { uid }) } });
        await this.changed(`replace ${object.kind}/${object.metadata.name}`);
        return [200, next];
    }

    private async patch(object: KubeObject, operations: Operation[]): Promise<[number, unknown]> {
        this.onPatch(object);
        const { kind, metadata } = object;
        const next = patched(object, operations);
        if (next === undefined) {
            return [
                422,
                failure(
                    422,
                    "Invalid",
                    "testing value /metadata/resourceVersion failed: test failed",
                ),
            ];
        }
        this.put(next);
        const paths = operations.filter(({ op }) => op !== "test").map(({ path }) => path);
        await this.changed(`patch ${kind}/${metadata.name} ${paths.join(" ")}`);
        return [200, next];
    }

    private async delete(object: KubeObject, text: string): Promise<[number, unknown]> {
        const { preconditions, propagationPolicy } = JSON.parse(text === "" ? "{}" : text) as {
            preconditions?: { uid?: string };
            propagationPolicy?: string;
        };
        const { kind, metadata } = object;
        if (preconditions?.uid !== undefined && preconditions.uid !== metadata.uid) {
            return [409, failure(409, "Conflict", "the UID in the precondition does not match")];
        }
        this.objects.delete(`${kind}/${metadata.name}`);
        for (const other of [...this.objects.values()]) {
            const owners = other.metadata.ownerReferences ?? [];
            if (!owners.some(({ uid }) => uid === metadata.uid)) continue;
            if (propagationPolicy === "Orphan") {
                Reflect.deleteProperty(other.metadata, "ownerReferences");
            } else {
                this.objects.delete(`${other.kind}/${other.metadata.name}`);
            }
        }
        await this.changed(`delete ${kind}/${metadata.name} ${propagationPolicy ?? ""}`.trim());
        return [200, { kind: "Status", apiVersion: "v1", status: "Success" }];
    }

    private async changed(what: string): Promise<void> {
        this.changes.push(what);
        await this.onChange(this.changes.length);
    }
}

function kindOf(kind: string): [string, string, boolean] {
    const known = KINDS[kind];
    if (known === undefined) throw new Error(`the server knows no ${kind}`);
    return known;
}

function discovery(path: string): unknown {
    const versions = [...new Set(Object.values(KINDS).map(([, version]) => version))];
    if (path === "/api") return { kind: "APIVersions", versions: ["v1"] };
    if (path === "/apis") {
        const groups = versions.filter((version) => version.includes("/"));
        return {
            kind: "APIGroupList",
            apiVersion: "v1",
            groups: groups.map((groupVersion) => {
                const [name = "", version = ""] = groupVersion.split("/");
                const known = { groupVersion, version };
                return { name, versions: [known], preferredVersion: known };
            }),
        };
    }
    const version = versions.find((each) => path === (each === "v1" ? "/api/v1" : `/apis/${each}`));
    if (version === undefined) return undefined;
    const resources = Object.entries(KINDS)
        .filter(([, [, of]]) => of === version)
        .map(([kind, [name, , namespaced]]) => ({
            name,
            singularName: kind.toLowerCase(),
            namespaced,
            kind,
            verbs: VERBS,
        }));
    return { kind: "APIResourceList", groupVersion: version, resources };
}

/** What a path means: a kind, and a name unless it is a list. */
function targetOf(path: string): { kind: string; name: string | undefined } | undefined {
    const words = path.split("/").map(decodeURIComponent);
    for (const [kind, [plural]] of Object.entries(KINDS)) {
        const at = words.indexOf(plural);
        if (at > 0) return { kind, name: words[at + 1] };
    }
    return undefined;
}

function failure(code: number, reason: string, message = reason): unknown {
    return { kind: "Status", apiVersion: "v1", status: "Failure", reason, code, message };
}
