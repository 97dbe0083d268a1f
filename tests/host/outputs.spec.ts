import assert from "node:assert/strict";
import {
    METRICS_SERVER,
    NODES,
    SERVING_CERTIFICATE,
    SERVING_SECRET,
    SSH,
} from "../unit/support/fixtures";
import { NODE_NOT_AFTER, NODE_SHA256 } from "../unit/support/providerStates";
import { UNKNOWN } from "../unit/support/recorded";
import { schemaText, type PackageSchema } from "../../components/shared/schema";
import { made } from "./support/shared";

const SCHEMA = JSON.parse(schemaText()) as PackageSchema;
const cluster = { nodes: NODES, ssh: SSH };
const COMPONENTS: [string, object][] = [
    ["ServingCertificate", SERVING_CERTIFICATE],
    ["ServingSecret", SERVING_SECRET],
    ["MetricsServer", METRICS_SERVER],
    ["KubeletServingCertificates", cluster],
    ["SecureMetricsServer", cluster],
];

describe("the outputs that another language gets", () => {
    for (const [component, inputs] of COMPONENTS) {
        it(`are all that the schema promises for ${component}, and the ones that are registered`, async () => {
            const { state, registered } = await made({ component, inputs });
            const promised = SCHEMA.resources[`secure-metrics-server:index:${component}`];
            assert.deepEqual(
                Object.keys(state).sort(),
                Object.keys(promised?.properties ?? {}).sort(),
            );
            assert.ok(!JSON.stringify(state).includes(UNKNOWN));
            assert.deepEqual(state, registered[0]?.outputs);
        });
    }

    it("name each node with what was done there", async () => {
        const { state } = await made({ component: "SecureMetricsServer", inputs: cluster });
        const result = {
            certificateSha256: NODE_SHA256,
            changed: true,
            notAfter: NODE_NOT_AFTER,
            restarted: true,
        };
        assert.deepEqual(state["nodeResults"], { cp1: result, w1: result, w2: result });
        assert.deepEqual(state["kubeletNotAfter"], {
            cp1: NODE_NOT_AFTER,
            w1: NODE_NOT_AFTER,
            w2: NODE_NOT_AFTER,
        });
    });

    it("depend on the resources that they come from, so that a program can wait for them", async () => {
        const { dependencies } = await made({ component: "SecureMetricsServer", inputs: cluster });
        const names = (output: string): string[] =>
            (dependencies[output] ?? []).map((urn) => urn.replace(/^.*::/, "")).sort();
        assert.deepEqual(names("kubeletNotAfter"), [
            "x-kubelets-node-cp1",
            "x-kubelets-node-w1",
            "x-kubelets-node-w2",
        ]);
        assert.ok(
            names("servingCertificateNotAfter").includes("x-serving-certificate-certificate"),
        );
        assert.ok(names("serviceName").includes("x-metrics-server-service"));
    });

    it("belong to the component that asked, when several are made at the same time", async () => {
        const asked = [1, 2, 3].map((number) =>
            made({
                component: "KubeletServingCertificates",
                name: `k${number}`,
                inputs: { nodes: { cp1: NODES.cp1, [`w${number}`]: NODES.w1 }, ssh: SSH },
            }),
        );
        for (const [index, { state, registered }] of (await Promise.all(asked)).entries()) {
            const number = index + 1;
            assert.deepEqual(Object.keys(state["results"] as object).sort(), ["cp1", `w${number}`]);
            assert.ok(registered.every(({ name }) => name.startsWith(`k${number}`)));
        }
    });
});
