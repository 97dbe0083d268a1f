import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
    CsrApprovalMode,
    KubeletServingCertificates,
    NodeRole,
    OnRemove,
    SecureMetricsServer,
    type CsrApprovalArgs,
    type NodesArgs,
} from "../../index";
import { parseNodes, type Inventory } from "../../components/nodes/parseNodes";
import { inventoryText, type Identity } from "../../components/nodes/inventory";
import { accepted } from "../../components/shared/invalidArguments";
import { foreign, HOST_KEYS, NODES, W3 } from "./support/fixtures";
import { commands } from "./support/find";
import { toldLate } from "./support/late";
import { isKnown, unknown, valueOf } from "./support/mocks";

const OWNER = { component: "KubeletServingCertificates", name: "k" };

function inventoryOf(args: NodesArgs): Inventory {
    return accepted(OWNER, parseNodes(args, OWNER));
}

function nodesProblems(args: NodesArgs): string[] {
    return parseNodes(args, OWNER).problems ?? [];
}

function identities(args: NodesArgs): pulumi.Output<Identity[]> {
    return inventoryOf(args).identities;
}

describe("the inventory", () => {
    it("has a name and a role for each node, sorted, whatever the order of the keys", () => {
        const { nodes } = inventoryOf({ nodes: { w2: NODES.w2, cp1: NODES.cp1, w1: NODES.w1 } });
        assert.deepEqual(
            nodes.map(({ name, role }) => [name, role]),
            [
                ["cp1", NodeRole.ControlPlane],
                ["w1", NodeRole.Worker],
                ["w2", NodeRole.Worker],
            ],
        );
    });

    it("has the control planes, and the first of them for checks of the whole cluster", () => {
        const { controlPlanes, first } = inventoryOf({
            nodes: { w1: NODES.w1, b: { ...NODES.cp1, host: "10.0.0.20" }, a: NODES.cp1 },
        });
        assert.deepEqual(
            controlPlanes.map(({ name }) => name),
            ["a", "b"],
        );
        assert.equal(first?.name, "a");
        const csrApproval = { mode: CsrApprovalMode.External };
        assert.equal(inventoryOf({ nodes: { w1: NODES.w1 }, csrApproval }).first, undefined);
    });

    it("has each node's host, its host key without comment, and its login", async () => {
        const cp1 = { ...NODES.cp1, hostKey: `10.0.0.11 ${HOST_KEYS.cp1} root@cp1\n` };
        const { first } = inventoryOf({
            nodes: { cp1: { ...cp1, ssh: { port: 2222 } } },
            ssh: { user: "ubuntu", port: 22 },
        });
        assert.ok(first);
        assert.equal(await valueOf(first.host), "10.0.0.11");
        assert.equal(await valueOf(first.hostKey), HOST_KEYS.cp1);
        assert.deepEqual(first.login, { user: "ubuntu", port: 2222 });
        assert.deepEqual(await valueOf(first.identity), {
            name: "cp1",
            names: ["cp1", "10.0.0.11"],
        });
    });

    it("has the settings with their defaults", () => {
        const { approval, rollout } = inventoryOf({ nodes: NODES });
        assert.deepEqual(approval, {
            mode: CsrApprovalMode.ControlPlane,
            interval: 60,
            timeout: 300,
            controllerImage: undefined,
        });
        assert.deepEqual(rollout, {
            maxUnavailable: 1,
            onRemove: OnRemove.Retain,
            detectDrift: false,
        });
    });
});

describe("parseNodes", () => {
    it("finds nothing wrong with the least that has to be said", () => {
        assert.deepEqual(nodesProblems({ nodes: NODES }), []);
    });

    for (const value of [0, -1, 1.5, NaN, 1001]) {
        it(`refuses maxUnavailable ${value}`, () => {
            assert.deepEqual(nodesProblems({ nodes: NODES, maxUnavailable: value }), [
                `maxUnavailable is ${value}; expected a whole number from 1 to 1000`,
            ]);
        });
    }

    it("refuses intervals and time limits that are out of range", () => {
        for (const [intervalSeconds, timeoutSeconds] of [
            [9, 29],
            [3601, 3601],
            [10.5, NaN],
        ]) {
            assert.deepEqual(
                nodesProblems({ nodes: NODES, csrApproval: { intervalSeconds, timeoutSeconds } }),
                [
                    `csrApproval.intervalSeconds is ${String(intervalSeconds)}; expected a whole number from 10 to 3600`,
                    `csrApproval.timeoutSeconds is ${String(timeoutSeconds)}; expected a whole number from 30 to 3600`,
                ],
            );
        }
        const csrApproval = { intervalSeconds: 10, timeoutSeconds: 3600 };
        assert.deepEqual(nodesProblems({ nodes: NODES, csrApproval }), []);
    });

    it("refuses an approver that looks less often than a node is willing to wait", () => {
        const problems = (csrApproval: CsrApprovalArgs): string[] =>
            nodesProblems({ nodes: NODES, csrApproval });
        assert.deepEqual(problems({ intervalSeconds: 300 }), [
            "csrApproval.intervalSeconds is 300; expected less than timeoutSeconds, which is 300",
        ]);
        assert.deepEqual(problems({ timeoutSeconds: 60 }), [
            "csrApproval.intervalSeconds is 60; expected less than timeoutSeconds, which is 60",
        ]);
        assert.deepEqual(problems({ intervalSeconds: 299 }), []);
        assert.deepEqual(problems({ intervalSeconds: 300, mode: CsrApprovalMode.External }), []);
    });

    it("refuses values that another language let through", () => {
        assert.deepEqual(
            nodesProblems({
                nodes: NODES,
                onRemove: foreign("forget"),
                csrApproval: { mode: foreign("rubberStamp") },
            }),
            [
                'onRemove is "forget"; expected retain, revert',
                'csrApproval.mode is "rubberStamp"; expected controlPlane, controller, external',
            ],
        );
    });

    it("names the problems of nodes that cannot be used together with all others", () => {
        const nodes = pulumi.output(NODES) as unknown as typeof NODES;
        const problems = nodesProblems({ nodes, maxUnavailable: 0 });
        assert.equal(problems.length, 2);
        assert.match(problems.join("\n"), /^nodes is known only after .*\nmaxUnavailable is 0/);
    });
});

describe("identities", () => {
    it("come from the arguments, sorted, once they are known", async () => {
        const all = identities({
            nodes: {
                w1: { ...NODES.w1, addresses: ["fd00::12", pulumi.output("10.0.0.12")] },
                cp1: { ...NODES.cp1, host: Promise.resolve("10.0.0.11") },
            },
        });
        assert.deepEqual(await valueOf(all), [
            { name: "cp1", names: ["cp1", "10.0.0.11"] },
            { name: "w1", names: ["w1", "10.0.0.12", "fd00::12"] },
        ]);
        assert.equal(
            await valueOf(all.apply(inventoryText)),
            "cp1 10.0.0.11\nw1 10.0.0.12 fd00::12",
        );
    });

    it("are unknown as long as one host is unknown, and fail nothing", async () => {
        const nodes = { ...NODES, w3: { ...W3, host: unknown<string>() } };
        assert.equal(await isKnown(identities({ nodes })), false);
    });

    it("are no secret, even when hosts come from secrets: the scripts that carry them must be readable", async () => {
        const nodes = {
            cp1: {
                ...NODES.cp1,
                host: pulumi.secret("10.0.0.11"),
                hostKey: pulumi.secret(HOST_KEYS.cp1),
                ssh: { user: pulumi.secret("ubuntu") },
            },
        };
        assert.equal(await pulumi.isSecret(identities({ nodes })), false);
    });

    it("are checked again when they become known: all problems, as one error without a stack", async () => {
        const nodes = {
            cp1: { ...NODES.cp1, hostKey: pulumi.output(HOST_KEYS.rsa) },
            w1: { ...NODES.w1, addresses: [pulumi.output("kubernetes")] },
        };
        assert.deepEqual(nodesProblems({ nodes }), []);
        await assert.rejects(valueOf(identities({ nodes })), (error) => {
            assert.ok(pulumi.RunError.isInstance(error));
            assert.match(
                error.message,
                /^KubeletServingCertificates "k": 3 problems in its arguments:\n/,
            );
            assert.match(error.message, /\n {2}- nodes\.cp1\.hostKey is an RSA key;/);
            assert.match(error.message, /\n {2}- nodes\.w1\.addresses has no address,/);
            assert.match(
                error.message,
                /\n {2}- nodes\.w1: "kubernetes" is a name of the API server/,
            );
            return true;
        });
    });

    it("refuse a host that turns out to be listed twice", async () => {
        const nodes = { ...NODES, w2: { ...NODES.w2, host: pulumi.output("10.0.0.12") } };
        assert.deepEqual(nodesProblems({ nodes }), []);
        await assert.rejects(
            valueOf(identities({ nodes })),
            /nodes\.w2 and nodes\.w1 are the same host \(10\.0\.0\.12 port 22\)/,
        );
    });
});

describe("a node in a preview", () => {
    it("is known while another one is not, so that nothing of it shows as a change", async () => {
        const nodes = { ...NODES, w3: { ...W3, host: unknown<string>() } };
        const byName = new Map(inventoryOf({ nodes }).nodes.map((node) => [node.name, node]));
        const names = (node: string) => byName.get(node)?.identity.apply((one) => one.names);
        assert.deepEqual(await valueOf(pulumi.output(names("w1"))), ["w1", "10.0.0.12"]);
        const late = byName.get("w3");
        assert.ok(late);
        assert.equal(await isKnown(late.identity), false);
        assert.equal(await isKnown(late.hostKey), false);
    });

    it("is checked with what is known of all: a fault elsewhere stops it", async () => {
        const nodes = {
            ...NODES,
            w2: { ...NODES.w2, hostKey: pulumi.output(HOST_KEYS.rsa) },
            w3: { ...W3, host: unknown<string>() },
        };
        const [cp1] = inventoryOf({ nodes }).nodes;
        assert.ok(cp1);
        await assert.rejects(valueOf(cp1.host), /nodes\.w2\.hostKey is an RSA key;/);
    });
});

describe("a host that turns out to be wrong only when it is known", () => {
    const nodes = { ...NODES, w2: { ...NODES.w2, host: pulumi.output("10.0.0.12") } };

    for (const [component, program] of Object.entries({
        SecureMetricsServer: () => new SecureMetricsServer("m", { nodes }),
        KubeletServingCertificates: () => new KubeletServingCertificates("m", { nodes }),
    })) {
        it(`is reported once, under ${component} that the program made, and no node is touched`, async () => {
            const { errors, resources } = await toldLate<unknown>(program);
            assert.deepEqual(errors, [
                `${component} "m": 1 problem in its arguments:\n  - nodes.w2 and nodes.w1 are the same host (10.0.0.12 port 22)`,
            ]);
            assert.deepEqual(commands(resources), []);
        });
    }
});
