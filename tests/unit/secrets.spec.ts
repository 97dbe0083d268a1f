import assert from "node:assert/strict";
import { CASES, COMPANY_CA } from "./support/cases";
import { GIVEN_KEY_MARKER, SSH_KEY_MARKER } from "./support/fixtures";
import { named } from "./support/find";
import { record, type Recorded } from "./support/mocks";
import { CA_KEY_MARKER, SERVING_KEY_MARKER } from "./support/providerStates";
import { strings, type Plain } from "./support/recorded";

/** All private keys and passphrases, also as base64 would show them. */
const MARKERS = [
    SSH_KEY_MARKER,
    CA_KEY_MARKER,
    SERVING_KEY_MARKER,
    GIVEN_KEY_MARKER,
    // Every key of this kind begins with the same bytes.
    COMPANY_CA.key.split("\n")[1]?.slice(12, 40) ?? "",
    "passphrase-marker",
    "bastion-private-key",
    "bastion-passphrase",
    "BEGIN OPENSSH PRIVATE",
].flatMap((marker) => [marker, Buffer.from(marker).toString("base64").slice(0, -4)]);

/** Every text of a resource that is not secret: its name, inputs and outputs. */
function readable({ name, inputs, outputs }: Recorded): [string, string][] {
    return [
        [".name", name] as [string, string],
        ...strings(inputs, false, `${name}.inputs`),
        ...strings(outputs ?? {}, false, `${name}.outputs`),
    ];
}

for (const [what, program] of Object.entries(CASES)) {
    for (const preview of [false, true]) {
        describe(`${what}${preview ? ", in a preview," : ""}`, () => {
            let resources: Recorded[] = [];
            before(async () => {
                ({ resources } = await record(program, { preview }));
            });

            it("shows no private key and no passphrase, neither in an input nor in an output", () => {
                for (const [at, value] of resources.flatMap(readable)) {
                    for (const marker of MARKERS) {
                        assert.ok(!value.includes(marker), `${at} has ${marker}`);
                    }
                }
            });

            it("switches no check off: nothing says insecure or skips a verification", () => {
                for (const { name, inputs } of resources) {
                    for (const [at, value] of strings(inputs, true, name)) {
                        assert.doesNotMatch(
                            value,
                            /insecure|skip.?(tls|verify|lookup)|completely/i,
                            at,
                        );
                    }
                }
            });
        });
    }
}

describe("what the secrets spec searches", () => {
    it("would find a key that is not secret, and does find the keys in the secrets", async () => {
        const leak: Plain = { a: [{ b: `x${SSH_KEY_MARKER}` }] };
        assert.ok(strings(leak).some(([, value]) => value.includes(SSH_KEY_MARKER)));
        const { resources } = await record(
            CASES["SecureMetricsServer with its defaults"] ?? (() => undefined),
        );
        for (const [name, marker] of [
            ["x-kubelets-node-w1", SSH_KEY_MARKER],
            ["x-serving-certificate-certificate", CA_KEY_MARKER],
            ["x-serving-certificate-request", SERVING_KEY_MARKER],
        ] as const) {
            const all = strings(named(resources, name).inputs, true);
            assert.ok(
                all.some(([, value]) => value.includes(marker)),
                name,
            );
        }
        const tls = strings(named(resources, "x-metrics-server-tls").inputs, true);
        assert.ok(
            tls.some(([, value]) =>
                Buffer.from(value, "base64").toString().includes(SERVING_KEY_MARKER),
            ),
        );
    });
});
