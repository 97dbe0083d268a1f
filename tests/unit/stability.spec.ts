import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
    KubeletServingCertificates,
    MetricsServer,
    NodeRole,
    SecureMetricsServer,
    ServingCertificate,
    type NodeArgs,
    type SecureMetricsServerArgs,
} from "../../index";
import { CASES, EVERYTHING } from "./support/cases";
import { HOST_KEYS, METRICS_SERVER, NODES, SERVING_CERTIFICATE, SSH, W3 } from "./support/fixtures";
import { named } from "./support/find";
import { once, record, type Recorded } from "./support/mocks";

type Inputs = Record<string, Recorded["inputs"]>;

async function inputsOf(program: () => unknown): Promise<Inputs> {
    const { resources } = await record(program);
    return Object.fromEntries(resources.map(({ name, inputs }) => [name, inputs]));
}

function secure(args: Partial<SecureMetricsServerArgs>): Promise<Inputs> {
    return inputsOf(() => new SecureMetricsServer("m", { nodes: NODES, ssh: SSH, ...args }));
}

const plain = once(() => secure({}));

/** Which resources appear, disappear and change, and which of their inputs. */
function difference(before: Inputs, after: Inputs): string[] {
    const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return names.flatMap((name) => {
        const [old, now] = [before[name], after[name]];
        if (old === undefined || now === undefined) {
            return [`${old === undefined ? "+" : "-"} ${name}`];
        }
        const inputs = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
        const changed = inputs.filter(
            (input) => JSON.stringify(old[input]) !== JSON.stringify(now[input]),
        );
        return changed.length === 0 ? [] : [`~ ${name}: ${changed.join(", ")}`];
    });
}

/** The same map with its keys in the opposite order, at every level. */
function reversed<T>(value: T): T {
    if (typeof value !== "object" || value === null || pulumi.Output.isInstance(value)) {
        return value;
    }
    if (Array.isArray(value)) {
        return value.map(reversed) as T;
    }
    const entries = Object.entries(value).map(([key, each]) => [key, reversed(each)] as const);
    return Object.fromEntries(entries.reverse()) as T;
}

describe("a second run", () => {
    it("has the same inputs, whatever the order of the keys in the arguments", async () => {
        const before = await inputsOf(() => new SecureMetricsServer("m", EVERYTHING));
        const after = await inputsOf(() => new SecureMetricsServer("m", reversed(EVERYTHING)));
        assert.deepEqual(difference(before, after), []);
    });

    it("has the same inputs on another day and in another directory", async () => {
        const { now } = Date;
        const folder = process.cwd();
        try {
            Date.now = () => now() + 400 * 24 * 3600 * 1000;
            process.chdir("/");
            assert.deepEqual(difference(await plain(), await secure({})), []);
        } finally {
            Date.now = now;
            process.chdir(folder);
        }
    });
});

describe("a change shows where it belongs and nowhere else", () => {
    const checks = ["~ m-metrics: stdin", "~ m-preflight: stdin"];
    const inventory = ["~ m-kubelets-csr-approval-cp1: stdin", "~ m-kubelets-verification: stdin"];

    it("when a node is added: its own command, the inventory of the approver, and the checks", async () => {
        const after = await secure({ nodes: { ...NODES, w3: W3 } });
        assert.deepEqual(difference(await plain(), after), [
            inventory[0],
            "+ m-kubelets-node-w3",
            inventory[1],
            ...checks,
        ]);
    });

    it("when a node is added that changes all lanes: the commands of the others stay as they are", async () => {
        const after = await secure({ nodes: { ...NODES, a1: W3 }, maxUnavailable: 2 });
        assert.deepEqual(difference(await plain(), after), [
            inventory[0],
            "+ m-kubelets-node-a1",
            inventory[1],
            ...checks,
        ]);
    });

    it("when a node is removed: its own command, the inventory of the approver, and the checks", async () => {
        const { cp1, w1 } = NODES;
        assert.deepEqual(difference(await plain(), await secure({ nodes: { cp1, w1 } })), [
            inventory[0],
            "- m-kubelets-node-w2",
            inventory[1],
            ...checks,
        ]);
    });

    it("when the SSH key or the port changes: connections only", async () => {
        const after = await secure({ ssh: { ...SSH, privateKey: "another key", port: 2222 } });
        const changes = difference(await plain(), after);
        assert.equal(changes.length, 8);
        assert.ok(changes.every((change) => change.endsWith(": connection")));
    });

    it("when one node's host key is renewed: that node's connection only", async () => {
        const w1 = { ...NODES.w1, hostKey: HOST_KEYS.w3 };
        assert.deepEqual(difference(await plain(), await secure({ nodes: { ...NODES, w1 } })), [
            "~ m-kubelets-node-w1: connection",
        ]);
    });

    it("when the comment of a host key changes: nothing", async () => {
        const w1 = { ...NODES.w1, hostKey: ` ${HOST_KEYS.w1} root@w1\n` };
        assert.deepEqual(difference(await plain(), await secure({ nodes: { ...NODES, w1 } })), []);
    });

    it("when an address is spelled in another way: nothing", async () => {
        const of = (addresses: string[]) =>
            secure({ nodes: { ...NODES, w1: { ...NODES.w1, addresses } } });
        assert.deepEqual(
            difference(
                await of(["10.0.0.12", "fd00::12"]),
                await of(["FD00:0::12", "::ffff:10.0.0.12", "fd00::12"]),
            ),
            [],
        );
    });

    it("when the interval of approval changes: the approver only", async () => {
        const after = await secure({ csrApproval: { intervalSeconds: 30 } });
        assert.deepEqual(difference(await plain(), after), [inventory[0]]);
    });

    it("when maxUnavailable or onRemove changes: no input at all", async () => {
        assert.deepEqual(difference(await plain(), await secure({ maxUnavailable: 5 })), []);
    });

    it("when metrics-server's settings change: the Deployment, and the check of the result when it is about the pods", async () => {
        const after = await secure({ metricsServer: { extraArgs: ["--v=2"], replicas: 3 } });
        assert.deepEqual(difference(await plain(), after), [
            "~ m-metrics: stdin",
            "~ m-metrics-server-deployment: spec",
        ]);
        const more = await secure({ metricsServer: { replicas: 3 } });
        assert.deepEqual(difference(await plain(), more), ["~ m-metrics-server-deployment: spec"]);
    });

    it("when the image changes: the Deployment, and the check of the result", async () => {
        const after = await secure({ metricsServer: { imageRegistry: "mirror.local" } });
        assert.deepEqual(difference(await plain(), after), [
            "~ m-metrics: stdin",
            "~ m-metrics-server-deployment: spec",
        ]);
    });
});

describe("two instances side by side", () => {
    const both = (program: (name: string) => unknown) => async (): Promise<void> => {
        const { resources } = await record(() => [program("a"), program("b"), program("a-b")]);
        const urns = resources.map(({ type, name, parent }) => `${type} ${name} ${parent ?? ""}`);
        assert.equal(new Set(urns).size, urns.length);
        const names = resources.map(({ type, name }) => `${type} ${name}`);
        assert.equal(new Set(names).size, names.length);
        for (const { name, parent } of resources) {
            assert.ok(parent === undefined || name.startsWith(`${parent}-`), name);
        }
    };

    it(
        "do not collide as ServingCertificate",
        both((name) => new ServingCertificate(name, SERVING_CERTIFICATE)),
    );
    it(
        "do not collide as MetricsServer",
        both((name) => new MetricsServer(name, METRICS_SERVER)),
    );
    it(
        "do not collide as KubeletServingCertificates",
        both((name) => new KubeletServingCertificates(name, { nodes: NODES, ssh: SSH })),
    );
});

describe("outputs of other resources as arguments", () => {
    const later: NodeArgs = {
        host: pulumi.output("10.0.0.11"),
        hostKey: pulumi.output(HOST_KEYS.cp1),
        role: NodeRole.ControlPlane,
        addresses: [pulumi.output("10.0.0.11")],
        ssh: { user: pulumi.output("ubuntu"), port: pulumi.output(22) },
    };

    it("give the same inputs as plain values, once they are known", async () => {
        const after = await secure({ nodes: { ...NODES, cp1: later } });
        assert.deepEqual(difference(await plain(), after), []);
    });

    it("may be secret: then the connection stays secret and the script stays readable", async () => {
        const cp1 = {
            ...later,
            host: pulumi.secret("10.0.0.11"),
            ssh: { user: pulumi.secret("ubuntu") },
        };
        const after = await secure({ nodes: { ...NODES, cp1 } });
        assert.deepEqual(difference(await plain(), after), []);
    });

    it("are registered in a preview with exactly the inputs that are known", async () => {
        const { resources } = await record(
            CASES["SecureMetricsServer with its defaults"] ?? (() => undefined),
            { preview: true },
        );
        assert.ok(named(resources, "x-kubelets-node-w1"));
    });
});
