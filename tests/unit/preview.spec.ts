import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
    CsrApprovalMode,
    KubeletServingCertificates,
    NodeRole,
    SecureMetricsServer,
    type NodeArgs,
} from "../../index";
import { NODES, SSH } from "./support/fixtures";
import { commands, named, text } from "./support/find";
import { isKnown, once, record, unknown } from "./support/mocks";
import { isLater, isSecret, UNKNOWN } from "./support/recorded";

/** A machine that the same program makes: nothing of it is known in the first preview. */
const NEW: NodeArgs = {
    host: unknown<string>(),
    hostKey: unknown<string>(),
    addresses: [unknown<string>()],
    ssh: { privateKey: unknown<string>(), user: unknown<string>(), port: unknown<number>() },
};

const first = once(() =>
    record(() => new SecureMetricsServer("m", { nodes: NODES, ssh: SSH }), { preview: true }),
);

describe("the first preview, in which no certificate exists", () => {
    it("shows the scripts and command lines of all nodes as they will be", async () => {
        const { resources } = await first();
        const update = await record(() => new SecureMetricsServer("m", { nodes: NODES, ssh: SSH }));
        for (const { name, inputs } of commands(resources)) {
            if (name !== "m-metrics") {
                assert.deepEqual(inputs, named(update.resources, name).inputs, name);
            }
        }
    });

    it("knows that the last check depends on what does not exist yet", async () => {
        const { resources } = await first();
        assert.equal(named(resources, "m-metrics").inputs["stdin"], UNKNOWN);
    });

    it("shows the APIService without its bundle, and never with an empty one", async () => {
        const { resources } = await first();
        const { spec } = named(resources, "m-metrics-server-api-service").inputs as unknown as {
            spec: { caBundle: unknown };
        };
        assert.equal(spec.caBundle, UNKNOWN);
    });

    it("knows no output that only an update can know, and keeps the names of the results", async () => {
        const { result } = await first();
        for (const output of [
            result.caBundle,
            result.servingCertificateNotAfter,
            result.kubeletNotAfter,
            result.nodeResults,
        ]) {
            assert.equal(await isKnown(output), false);
        }
    });
});

describe("a preview with nodes that do not exist yet", () => {
    for (const mode of Object.values(CsrApprovalMode)) {
        it(`registers every command in mode ${mode}, and asks for nothing that is not known`, async () => {
            const nodes = {
                cp1: { ...NEW, role: NodeRole.ControlPlane },
                w1: { ...NEW, addresses: undefined },
                w2: NODES.w2,
            };
            const { resources } = await record(
                () => new SecureMetricsServer("m", { nodes, ssh: SSH, csrApproval: { mode } }),
                { preview: true },
            );
            for (const node of ["cp1", "w1"]) {
                const { inputs } = named(resources, `m-kubelets-node-${node}`);
                assert.ok(isLater(inputs["connection"]));
                assert.equal(inputs["stdin"], UNKNOWN);
                assert.match(
                    text(named(resources, `m-kubelets-node-${node}`), "create"),
                    / sh -s -- ensure \);/,
                );
            }
            const known = named(resources, "m-kubelets-node-w2").inputs;
            assert.ok(isSecret(known["connection"]));
            assert.match(
                text(named(resources, "m-kubelets-node-w2"), "create"),
                / sh -s -- ensure \);/,
            );
        });
    }

    it("shows the script of a node that is known, also when another is not", async () => {
        const { resources } = await record(
            () => new KubeletServingCertificates("k", { nodes: { ...NODES, w3: NEW }, ssh: SSH }),
            { preview: true },
        );
        for (const node of ["cp1", "w1", "w2"]) {
            const script = text(named(resources, `k-node-${node}`), "stdin");
            assert.match(script, /^NODE_ADDRESSES='/, `the script of ${node}`);
        }
    });

    it("still refuses what is known to be wrong", async () => {
        await record(
            () => {
                assert.throws(
                    () =>
                        new KubeletServingCertificates("k", {
                            nodes: { cp1: { ...NEW, role: NodeRole.ControlPlane }, W1: NEW },
                        }),
                    /nodes\.W1: "W1" is not a node name/,
                );
            },
            { preview: true },
        );
    });

    it("does not show a key in a connection that is known only in part", async () => {
        const w1 = {
            ...NODES.w1,
            host: unknown<string>(),
            ssh: { privateKey: pulumi.secret("k") },
        };
        const { resources } = await record(
            () => new KubeletServingCertificates("k", { nodes: { ...NODES, w1 }, ssh: SSH }),
            { preview: true },
        );
        assert.ok(isLater(named(resources, "k-node-w1").inputs["connection"]));
    });
});
