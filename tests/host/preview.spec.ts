import assert from "node:assert/strict";
import { METRICS_SERVER, NODES, SERVING_CERTIFICATE, SSH } from "../unit/support/fixtures";
import { isLater, isSecret, UNKNOWN } from "../unit/support/recorded";
import type { Registered } from "./support/registered";
import { made, refused } from "./support/shared";
import { output, unknown } from "./support/values";

/** A machine that the same program makes: nothing of it is known in the first preview. */
const NEW = {
    host: unknown(),
    hostKey: unknown(),
    addresses: [unknown()],
    ssh: { user: unknown(), privateKey: unknown({ isSecret: true }) },
};

function inputsOf(registered: Registered[], name: string): Registered["inputs"] {
    const found = registered.find((resource) => resource.name === name);
    assert.ok(found !== undefined, `${name} is not registered`);
    return found.inputs;
}

describe("a preview in which another language's nodes do not exist yet", () => {
    const inputs = {
        nodes: { cp1: { ...NEW, role: "controlPlane" }, w1: NEW, w2: NODES.w2 },
        ssh: SSH,
    };

    it("registers their commands, and asks for nothing that is not known", async () => {
        const { registered } = await made({
            component: "SecureMetricsServer",
            inputs,
            preview: true,
        });
        for (const node of ["cp1", "w1"]) {
            const { connection, stdin } = inputsOf(registered, `x-kubelets-node-${node}`);
            assert.ok(isLater(connection), node);
            assert.equal(stdin, UNKNOWN, node);
        }
        const known = inputsOf(registered, "x-kubelets-node-w2");
        assert.ok(isSecret(known["connection"]));
        assert.match(known["stdin"] as string, /^NODE_ADDRESSES='/);
    });

    it("registers the same resources as the update in which they exist", async () => {
        const names = async (nodes: object, preview: boolean): Promise<string[]> => {
            const component = "SecureMetricsServer";
            const { registered } = await made({ component, inputs: { ...inputs, nodes }, preview });
            return registered.map(({ urn }) => urn).sort();
        };
        assert.deepEqual(await names(inputs.nodes, true), await names(NODES, false));
    });

    it("still refuses what is known to be wrong", async () => {
        const error = await refused({
            component: "KubeletServingCertificates",
            inputs: { nodes: { ...inputs.nodes, W3: NEW } },
            preview: true,
        });
        assert.match(error.message, /1 problem .*\n {2}- nodes\.W3: "W3" is not a node name;/);
        assert.deepEqual(error.registered, []);
    });
});

describe("unknown arguments of the other components, in a preview", () => {
    it("leave ServingCertificate's request without names, and its outputs unknown", async () => {
        const { registered, state } = await made({
            component: "ServingCertificate",
            inputs: { ...SERVING_CERTIFICATE, extraDnsNames: [unknown()] },
            preview: true,
        });
        assert.equal(inputsOf(registered, "x-request")["dnsNames"], UNKNOWN);
        assert.equal(state["caBundle"], UNKNOWN);
    });

    it("leave the APIService without a bundle, and never with an empty one", async () => {
        const late = { certificatePem: unknown(), privateKeyPem: unknown(), caBundle: unknown() };
        const { registered, state } = await made({
            component: "MetricsServer",
            inputs: late,
            preview: true,
        });
        const { spec } = inputsOf(registered, "x-api-service") as { spec: { caBundle: unknown } };
        assert.equal(spec.caBundle, UNKNOWN);
        assert.equal(state["caBundle"], UNKNOWN);
        assert.ok(isLater(inputsOf(registered, "x-tls")["data"]));
    });

    it("become values in the update, where outputs are used like plain values", async () => {
        const outputs = Object.fromEntries(
            Object.entries(METRICS_SERVER).map(([name, value]) => [name, output(value)]),
        );
        const [plain, wrapped] = await Promise.all(
            [METRICS_SERVER, outputs].map((inputs) => made({ component: "MetricsServer", inputs })),
        );
        assert.deepEqual(
            wrapped?.registered.map(({ name, inputs }) => [name, inputs]).sort(),
            plain?.registered.map(({ name, inputs }) => [name, inputs]).sort(),
        );
    });
});
