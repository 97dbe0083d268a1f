import assert from "node:assert/strict";
import {
    CsrApprovalMode,
    KubeletServingCertificates,
    NodeRole,
    ServingCertificate,
    type KubeletServingCertificatesArgs,
} from "../../index";
import { composedScript } from "../../components/ssh/scriptTable";
import { KUBELET_CA } from "./support/certificates";
import { HOST_KEYS, NODES, SERVING_CERTIFICATE, SSH, worker } from "./support/fixtures";
import { commands, header, named, text, waitsFor } from "./support/find";
import { record, valueOf, type Recorded } from "./support/mocks";
import { NODE_NOT_AFTER, NODE_SHA256 } from "./support/providerStates";
import { unsecret } from "./support/recorded";

async function resourcesOf(args: Partial<KubeletServingCertificatesArgs>): Promise<Recorded[]> {
    const { resources } = await record(
        () => new KubeletServingCertificates("k", { nodes: NODES, ssh: SSH, ...args }),
    );
    return resources;
}

/** The nodes that the command of a node waits for directly. */
function nodesBefore(resources: Recorded[], node: string): string[] {
    return named(resources, `k-node-${node}`)
        .dependsOn.filter((name) => name.startsWith("k-node-"))
        .map((name) => name.slice("k-node-".length));
}

describe("KubeletServingCertificates", () => {
    it("tells each node its own name and addresses and nothing of the other nodes", async () => {
        const resources = await resourcesOf({
            nodes: { ...NODES, w1: { ...NODES.w1, addresses: ["10.0.0.12", "w1.example.org"] } },
        });
        assert.deepEqual(header(named(resources, "k-node-w1")), {
            NODE_NAME: "w1",
            NODE_ADDRESSES: "w1 10.0.0.12 w1.example.org",
        });
        assert.doesNotMatch(text(named(resources, "k-node-w2"), "stdin"), /10\.0\.0\.1[12]/);
    });

    it("gives approval and the last check the whole inventory, and kubeadm's ConfigMap none", async () => {
        const resources = await resourcesOf({});
        const INVENTORY = "cp1 10.0.0.11\nw1 10.0.0.12\nw2 10.0.0.13";
        const { INSTANCE, ...approval } = header(named(resources, "k-csr-approval-cp1"));
        assert.match(INSTANCE ?? "", /^project\.stack\.k/);
        assert.deepEqual(approval, {
            NODE_NAME: "cp1",
            INVENTORY,
            CONTROL_PLANES: "cp1",
            INTERVAL: "60",
            TRACE: `/etc/secure-metrics-server/csr-inventory.d/${INSTANCE}`,
        });
        assert.deepEqual(header(named(resources, "k-verification")), {
            NODE_NAME: "cp1",
            INVENTORY,
        });
        assert.deepEqual(header(named(resources, "k-kubelet-config")), { NODE_NAME: "cp1" });
    });

    it("verifies kubelets with the CA that was given, on the nodes and from the control plane", async () => {
        const kubeletCa = KUBELET_CA;
        const resources = await resourcesOf({ kubeletCa });
        for (const name of ["k-node-cp1", "k-node-w1", "k-node-w2", "k-verification"]) {
            assert.equal(header(named(resources, name))["KUBELET_CA"], kubeletCa);
        }
    });

    it("goes to each node with that node's own login", async () => {
        const resources = await resourcesOf({
            nodes: { ...NODES, w1: { ...NODES.w1, ssh: { user: "root", port: 2222 } } },
        });
        const w1 = named(resources, "k-node-w1");
        assert.equal(unsecret(w1.inputs["connection"])["host"], "10.0.0.12");
        assert.equal(unsecret(w1.inputs["connection"])["port"], 2222);
        const w2 = unsecret(named(resources, "k-node-w2").inputs["connection"]);
        assert.equal(w2["user"], "ubuntu");
        assert.match(text(named(resources, "k-node-w2"), "create"), /sudo -n/);
    });

    it("waits as long for a certificate as it is told, and longer from outside", async () => {
        const short = await resourcesOf({ csrApproval: { timeoutSeconds: 61 } });
        const long = await resourcesOf({ csrApproval: { timeoutSeconds: 3600 } });
        assert.equal(header(named(long, "k-node-w1"))["APPROVAL_TIMEOUT"], "3600");
        assert.ok(composedScript("kubelet").text.includes("${APPROVAL_TIMEOUT:-300}"));
        for (const [resources, timeout] of [
            [short, 61],
            [long, 3600],
        ] as const) {
            const line = text(named(resources, "k-node-w1"), "create");
            assert.ok(Number(/RuntimeMaxSec=(\d+)/.exec(line)?.[1]) >= timeout + 300);
        }
    });

    it("says what was done on each node, and until when its certificate is valid", async () => {
        const { result } = await record(
            () => new KubeletServingCertificates("k", { nodes: NODES, ssh: SSH }),
        );
        assert.deepEqual(await valueOf(result.notAfter), {
            cp1: NODE_NOT_AFTER,
            w1: NODE_NOT_AFTER,
            w2: NODE_NOT_AFTER,
        });
        assert.deepEqual((await valueOf(result.results))?.["w1"], {
            changed: true,
            restarted: true,
            notAfter: NODE_NOT_AFTER,
            certificateSha256: NODE_SHA256,
        });
    });
});

describe("the order of KubeletServingCertificates", () => {
    it("is approval, then kubeadm's ConfigMap, then the nodes, then the check of them all", async () => {
        const resources = await resourcesOf({});
        const nodes = ["k-node-cp1", "k-node-w1", "k-node-w2"];
        assert.ok(waitsFor(resources, "k-kubelet-config").has("k-csr-approval-cp1"));
        for (const node of nodes) {
            assert.ok(waitsFor(resources, node).has("k-kubelet-config"), node);
            assert.ok(waitsFor(resources, node).has("k-csr-approval-cp1"), node);
            assert.ok(waitsFor(resources, "k-verification").has(node), node);
        }
    });

    it("has the approver on all control planes before the first kubelet restarts", async () => {
        const cp2 = { host: "10.0.0.21", hostKey: HOST_KEYS.cp2, role: NodeRole.ControlPlane };
        const resources = await resourcesOf({ nodes: { ...NODES, cp2 } });
        const before = waitsFor(resources, "k-node-w1");
        assert.ok(before.has("k-csr-approval-cp1") && before.has("k-csr-approval-cp2"));
        assert.deepEqual(nodesBefore(resources, "cp2"), ["cp1"]);
    });

    it("waits for the whole controller where that approves", async () => {
        const resources = await resourcesOf({ csrApproval: { mode: CsrApprovalMode.Controller } });
        assert.ok(waitsFor(resources, "k-node-w1").has("k-csr-approver-deployment"));
        assert.ok(waitsFor(resources, "k-csr-approver-deployment").has("k-csr-approver-binding"));
    });

    it("takes workers in as many lanes as maxUnavailable says, after one of them alone", async () => {
        const nodes = {
            cp1: NODES.cp1,
            ...Object.fromEntries([1, 2, 3, 4, 5].map((n) => [`w${n}`, worker(n)])),
        };
        const resources = await resourcesOf({ nodes, maxUnavailable: 2 });
        assert.deepEqual(nodesBefore(resources, "w1"), []);
        assert.deepEqual(nodesBefore(resources, "w2"), ["w1"]);
        assert.deepEqual(nodesBefore(resources, "w3"), ["w1"]);
        assert.deepEqual(nodesBefore(resources, "w4"), ["w2"]);
        assert.deepEqual(nodesBefore(resources, "w5"), ["w3"]);
        assert.deepEqual(nodesBefore(resources, "cp1"), ["w4", "w5"]);
    });

    it("hands on what the component itself waits for, which the engine does not", async () => {
        const { resources } = await record(() => {
            const first = new ServingCertificate("first", SERVING_CERTIFICATE);
            return new KubeletServingCertificates(
                "k",
                { nodes: NODES, ssh: SSH },
                { dependsOn: first },
            );
        });
        for (const { name } of commands(resources)) {
            assert.ok(waitsFor(resources, name).has("first-certificate"), name);
        }
        for (const name of ["k-csr-approval-cp1", "k-kubelet-config", "k-node-w1"]) {
            assert.ok(named(resources, name).dependsOn.includes("first-certificate"), name);
        }
    });
});

describe("the approver's file name", () => {
    /** The file name of component `name` in a stack. */
    async function instance(name: string, stack: string): Promise<string> {
        const args = { nodes: { cp1: NODES.cp1 }, ssh: SSH };
        const { resources } = await record(() => new KubeletServingCertificates(name, args), {
            stack,
        });
        return header(named(resources, `${name}-csr-approval-cp1`))["INSTANCE"] ?? "";
    }

    it("is plain enough for a path, whatever the stack and the component are called", async () => {
        for (const name of ["Metrics", "a b", "../../etc/x", "ü'$(id)"]) {
            assert.match(await instance(name, "dev/../x"), /^project[a-z0-9._-]+$/);
        }
    });

    it("differs for components whose names differ, or one would overwrite the other's inventory", async () => {
        const names = [
            await instance("metrics", "dev"),
            await instance("Metrics", "dev"),
            await instance("dev.metrics", "a"),
            await instance("metrics", "a.dev"),
            await instance("a b", "dev"),
            await instance("a-b", "dev"),
        ];
        assert.equal(new Set(names).size, names.length, names.join());
    });
});
