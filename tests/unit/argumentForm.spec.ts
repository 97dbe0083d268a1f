import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
    KubeletServingCertificates,
    MetricsServer,
    SecureMetricsServer,
    ServingCertificate,
} from "../../index";
import { PackageProvider } from "../../plugin/packageProvider";
import { METRICS_SERVER, NODES, SERVING_CERTIFICATE, SSH } from "./support/fixtures";
import { record } from "./support/mocks";
import { refusal } from "./support/refusals";

type Component = new (name: string, args: never) => pulumi.ComponentResource;

/** Each component, what it cannot do without, and arguments that nothing is wrong with. */
const COMPONENTS: [Component, string[], object][] = [
    [KubeletServingCertificates, ["nodes"], { nodes: NODES, ssh: SSH }],
    [MetricsServer, ["certificatePem", "privateKeyPem", "caBundle"], METRICS_SERVER],
    [SecureMetricsServer, ["nodes"], { nodes: NODES, ssh: SSH }],
    [ServingCertificate, ["namespace", "serviceName"], SERVING_CERTIFICATE],
];

const NO_DEFAULT = "because there is no default";
/** What may stand in for an argument that is missing. */
const OTHERWISE: Record<string, string> = {
    certificatePem: "or secretName or certManager instead",
    privateKeyPem: "or secretName or certManager instead",
    caBundle: "or certManager instead",
};

/** The same arguments through the plugin that other languages use. */
function elsewhere(component: Component, inputs: object): Promise<string> {
    const type = `secure-metrics-server:index:${component.name}`;
    return refusal(() => void new PackageProvider().construct("x", type, inputs, {}));
}

for (const [component, required, sound] of COMPONENTS) {
    describe(`the arguments of ${component.name}`, () => {
        const here = (args: unknown): Promise<string> =>
            refusal(() => new component("x", args as never));
        const missing = required.map(
            (name) =>
                `\n  - ${name} is missing; expected a value, ${OTHERWISE[name] ?? NO_DEFAULT}`,
        );
        const count = required.length === 1 ? "1 problem" : `${required.length} problems`;

        it("are named when they are missing, in every language with the same sentences", async () => {
            const expected = `${component.name} "x": ${count} in its arguments:${missing.join("")}`;
            assert.equal(await here({}), expected);
            assert.equal(await elsewhere(component, {}), expected);
        });

        it("may be left out altogether, as plain JavaScript allows, and are named just so", async () => {
            assert.equal(await here(undefined), await here({}));
        });

        it("are refused when they are misspelt, in every language with the same sentence", async () => {
            const misspelt = { ...sound, [`${required[0] ?? ""}s`]: "a-secret" };
            const message = await here(misspelt);
            const start = `${component.name} "x": 1 problem in its arguments:\n  - ${required[0] ?? ""}s is no argument; expected one of `;
            assert.ok(message.startsWith(start), message);
            assert.doesNotMatch(message, /a-secret/);
            assert.equal(await elsewhere(component, misspelt), message);
        });

        it("may be undefined, as TypeScript leaves them out", async () => {
            const { resources } = await record(
                () => new component("x", { ...sound, whatever: undefined } as never),
            );
            assert.ok(resources.length > 1);
        });
    });
}

describe("the arguments inside of arguments", () => {
    const secure = (args: object): Promise<string> =>
        refusal(() => new SecureMetricsServer("x", { nodes: NODES, ...args }));

    it("are refused when they are misspelt, before any part is made", async () => {
        assert.match(
            await secure({
                nodes: { ...NODES, w3: { hots: "10.0.0.14" } },
                servingCertificate: { validityHour: 48 },
            }),
            /^SecureMetricsServer "x": 2 problems in its arguments:\n {2}- nodes\.w3\.hots is no argument; .*\n {2}- servingCertificate\.validityHour is no argument; /,
        );
    });

    it("are refused in another form, and as an output where a preview has to know them", async () => {
        assert.equal(
            await secure({ maxUnavailable: "3", metricsServer: [] }),
            'SecureMetricsServer "x": 2 problems in its arguments:\n  - maxUnavailable is a string; expected a number\n  - metricsServer is an array; expected an object',
        );
        assert.match(
            await secure({ maxUnavailable: pulumi.output(3), nodes: Promise.resolve(NODES) }),
            /nodes is an output or a secret as a whole;[^]*maxUnavailable is an output or a secret/,
        );
    });
});
