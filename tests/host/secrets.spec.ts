import assert from "node:assert/strict";
import {
    GIVEN_KEY_MARKER,
    METRICS_SERVER,
    NODES,
    SERVING_CERTIFICATE,
    SSH,
    SSH_KEY_MARKER,
} from "../unit/support/fixtures";
import { CA_KEY_MARKER, SERVING_KEY_MARKER } from "../unit/support/providerStates";
import { isSecret, strings, type Plain } from "../unit/support/recorded";
import type { Construct, Constructed } from "./support/construct";
import { made, plugin } from "./support/shared";
import { output, secret } from "./support/values";

const MARKERS = [
    GIVEN_KEY_MARKER,
    SSH_KEY_MARKER,
    SERVING_KEY_MARKER,
    CA_KEY_MARKER,
    "bastion-marker",
].flatMap((marker) => [marker, Buffer.from(marker).toString("base64").slice(0, -4)]);

/** How a program can send a key: as it is, as a secret, and as a secret output of another resource. */
const SENDERS: [string, (key: string | undefined) => unknown][] = [
    ["plain", (key) => key],
    ["a secret", secret],
    ["a secret output", (key) => output(key, { isSecret: true })],
];

function asked(send: (key: string | undefined) => unknown): Construct[] {
    const ssh = {
        ...SSH,
        privateKey: send(SSH.privateKey as string),
        bastion: {
            host: "203.0.113.1",
            hostKey: NODES.w1.hostKey,
            privateKey: send("bastion-marker"),
        },
    };
    const privateKeyPem = send(METRICS_SERVER.privateKeyPem as string);
    return [
        { component: "ServingCertificate", inputs: SERVING_CERTIFICATE },
        { component: "MetricsServer", inputs: { ...METRICS_SERVER, privateKeyPem } },
        { component: "KubeletServingCertificates", inputs: { nodes: NODES, ssh } },
        { component: "SecureMetricsServer", inputs: { nodes: NODES, ssh } },
    ];
}

/** Every text that is not secret: in inputs, in registered outputs, and in the outputs that the program gets. */
function readable({ registered, state }: Constructed): [string, string][] {
    return [
        ...registered.flatMap(({ name, inputs, outputs }) => [
            ...strings(inputs, false, name),
            ...strings(outputs ?? {}, false, `${name}.outputs`),
        ]),
        ...strings(state, false, "state"),
    ];
}

for (const [what, send] of SENDERS) {
    describe(`a private key that comes as ${what}`, () => {
        for (const request of asked(send)) {
            for (const preview of [true, false]) {
                it(`is readable nowhere in ${request.component}, ${preview ? "previewed" : "made"}`, async () => {
                    const result = await made({ ...request, preview });
                    for (const [at, value] of readable(result)) {
                        for (const marker of MARKERS) {
                            assert.ok(!value.includes(marker), `${at} has ${marker}`);
                        }
                    }
                    assert.deepEqual((await plugin()).messages, []);
                });
            }
        }
    });
}

describe("the secrets that cross to another language", () => {
    it("are all there: connections, keys and the Secret's data reach the providers as secrets", async () => {
        const inSecrets = async (component: string): Promise<string> => {
            const request = asked(secret).find((each) => each.component === component);
            const { registered } = await made(request ?? { component });
            const all: Plain[] = registered.map(({ inputs }) => inputs);
            return strings(all, true)
                .map(([, text]) => text)
                .join("\n");
        };
        assert.ok((await inSecrets("KubeletServingCertificates")).includes(SSH_KEY_MARKER));
        assert.ok((await inSecrets("KubeletServingCertificates")).includes("bastion-marker"));
        assert.ok((await inSecrets("ServingCertificate")).includes(CA_KEY_MARKER));
    });

    it("mark every connection as a whole, whatever of it is secret", async () => {
        const { registered } = await made({
            component: "KubeletServingCertificates",
            inputs: { nodes: NODES },
        });
        const connections = registered.flatMap(({ inputs }) => inputs["connection"] ?? []);
        assert.equal(connections.length, 6);
        assert.ok(connections.every(isSecret));
    });

    it("are what ServingCertificate returns its key as, and its certificates are readable", async () => {
        const { state } = await made({
            component: "ServingCertificate",
            inputs: SERVING_CERTIFICATE,
        });
        const secrets = Object.keys(state).filter((output) => isSecret(state[output]));
        assert.deepEqual(secrets, ["privateKeyPem"]);
    });
});
