import assert from "node:assert/strict";
import {
    GIVEN_KEY_MARKER,
    METRICS_SERVER,
    NODES,
    SERVING_CERTIFICATE,
    SERVING_SECRET,
    SSH,
    SSH_KEY_MARKER,
} from "../unit/support/fixtures";
import { CA_KEY_MARKER, SERVING_KEY_MARKER } from "../unit/support/providerStates";
import { isSecret, strings } from "../unit/support/recorded";
import type { Construct, Constructed } from "./support/construct";
import { made, messages } from "./support/shared";
import { output, secret } from "./support/values";

const BASTION_KEY_MARKER = "bastion-marker";
const MARKERS = [
    GIVEN_KEY_MARKER,
    SSH_KEY_MARKER,
    SERVING_KEY_MARKER,
    CA_KEY_MARKER,
    BASTION_KEY_MARKER,
].flatMap((marker) => [marker, Buffer.from(marker).toString("base64").slice(0, -4)]);

type Send = (key: string) => unknown;

function sshWith(send: Send): object {
    const bastion = { host: "203.0.113.1", hostKey: NODES.w1.hostKey };
    return {
        ...SSH,
        privateKey: send(SSH.privateKey as string),
        bastion: { ...bastion, privateKey: send(BASTION_KEY_MARKER) },
    };
}

/** What a component is made from, with its keys as the program sends them. */
const REQUESTS: Record<string, (send: Send) => object> = {
    ServingCertificate: () => SERVING_CERTIFICATE,
    ServingSecret: (send) => ({
        ...SERVING_SECRET,
        privateKeyPem: send(SERVING_SECRET.privateKeyPem),
    }),
    MetricsServer: (send) => ({
        ...METRICS_SERVER,
        privateKeyPem: send(METRICS_SERVER.privateKeyPem as string),
    }),
    KubeletServingCertificates: (send) => ({ nodes: NODES, ssh: sshWith(send) }),
    SecureMetricsServer: (send) => ({ nodes: NODES, ssh: sshWith(send) }),
};

/** The keys that each component has to pass on to its providers. */
const PASSED_ON: Record<string, string[]> = {
    ServingCertificate: [CA_KEY_MARKER, SERVING_KEY_MARKER],
    ServingSecret: [],
    MetricsServer: [],
    KubeletServingCertificates: [SSH_KEY_MARKER, BASTION_KEY_MARKER],
    SecureMetricsServer: [SSH_KEY_MARKER, BASTION_KEY_MARKER, CA_KEY_MARKER],
};

/** Every text in inputs, in registered outputs and in the outputs that the program gets. */
function texts({ registered, state }: Constructed, intoSecrets: boolean): [string, string][] {
    return [
        ...registered.flatMap(({ name, inputs, outputs }) => [
            ...strings(inputs, intoSecrets, name),
            ...strings(outputs ?? {}, intoSecrets, `${name}.outputs`),
        ]),
        ...strings(state, intoSecrets, "state"),
    ];
}

const SENDERS: [string, Send][] = [
    ["as it is", (key) => key],
    ["as a secret", secret],
    ["as a secret output of another resource", (key) => output(key, { isSecret: true })],
];

for (const [component, inputs] of Object.entries(REQUESTS)) {
    describe(`the keys of ${component}`, () => {
        for (const [how, send] of component === "ServingCertificate"
            ? SENDERS.slice(0, 1)
            : SENDERS) {
            it(`are readable nowhere when the program sends them ${how}`, async () => {
                const requests: Construct[] = [true, false].map((preview) => ({
                    component,
                    inputs: inputs(send),
                    preview,
                }));
                for (const request of requests) {
                    const result = await made(request);
                    for (const [at, value] of texts(result, false)) {
                        for (const marker of MARKERS) {
                            assert.ok(!value.includes(marker), `${at} has ${marker}`);
                        }
                    }
                    assert.deepEqual(await messages(), []);
                }
            });
        }

        it("reach the providers inside secrets", async () => {
            const result = await made({ component, inputs: inputs(secret) });
            const all = texts(result, true).map(([, value]) => value);
            for (const marker of PASSED_ON[component] ?? []) {
                assert.ok(
                    all.some((value) => value.includes(marker)),
                    marker,
                );
            }
        });
    });
}

describe("the secrets that cross to another language", () => {
    it("cover every connection as a whole, whatever of it is secret", async () => {
        const { registered } = await made({
            component: "KubeletServingCertificates",
            inputs: { nodes: NODES },
        });
        const connections = registered.flatMap(({ inputs }) => inputs["connection"] ?? []);
        assert.equal(connections.length, 6);
        assert.ok(connections.every(isSecret));
    });

    for (const [component, inputs] of [
        ["MetricsServer", METRICS_SERVER],
        ["ServingSecret", SERVING_SECRET],
    ] as const) {
        it(`cover the data of the Secret of ${component} that is a key`, async () => {
            const { registered } = await made({ component, inputs });
            const tls = registered.find(({ name }) => name === "x-tls");
            const key = strings(tls?.inputs ?? {}, true).some(([, value]) =>
                Buffer.from(value, "base64").includes(GIVEN_KEY_MARKER),
            );
            assert.ok(key);
        });
    }

    it("cover the key that ServingCertificate returns, and no certificate", async () => {
        const { state } = await made({
            component: "ServingCertificate",
            inputs: SERVING_CERTIFICATE,
        });
        const secrets = Object.keys(state).filter((name) => isSecret(state[name]));
        assert.deepEqual(secrets, ["privateKeyPem"]);
    });
});
