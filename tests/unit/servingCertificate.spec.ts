import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { ServingCertificate, type ServingCertificateArgs } from "../../index";
import { SERVING_CERTIFICATE } from "./support/fixtures";
import { named } from "./support/find";
import { toldLate } from "./support/late";
import { isKnown, record, unknown, valueOf, type Run } from "./support/mocks";
import { CA_KEY_MARKER, pem, SERVING_KEY_MARKER } from "./support/providerStates";
import { secret, UNKNOWN } from "./support/recorded";

function run(settings: Partial<ServingCertificateArgs>): Promise<Run<ServingCertificate>> {
    return record(() => new ServingCertificate("s", { ...SERVING_CERTIFICATE, ...settings }));
}

describe("ServingCertificate", () => {
    it("makes ECDSA P-256 keys, because the provider's default P-224 is of no use", async () => {
        const { resources } = await run({});
        for (const name of ["s-key", "s-ca-key-1"]) {
            assert.deepEqual(named(resources, name).inputs, {
                algorithm: "ECDSA",
                ecdsaCurve: "P256",
            });
        }
    });

    it("makes a CA of ten years that may sign, and a leaf of one year that may serve", async () => {
        const { resources } = await run({});
        assert.deepEqual(named(resources, "s-ca-1").inputs, {
            privateKeyPem: secret(`${CA_KEY_MARKER} of s-ca-key-1`),
            isCaCertificate: true,
            subject: { commonName: "webhook-ca", organization: "apps" },
            allowedUses: ["cert_signing", "crl_signing"],
            validityPeriodHours: 87600,
            earlyRenewalHours: 8760,
        });
        assert.deepEqual(named(resources, "s-request").inputs, {
            privateKeyPem: secret(`${SERVING_KEY_MARKER} of s-key`),
            subject: { commonName: "webhook.apps.svc" },
            dnsNames: [
                "webhook.apps.svc",
                "webhook",
                "webhook.apps",
                "webhook.apps.svc.cluster.local",
            ],
        });
        assert.deepEqual(named(resources, "s-certificate").inputs, {
            certRequestPem: "request s-request",
            caPrivateKeyPem: secret(`${CA_KEY_MARKER} of s-ca-key-1`),
            caCertPem: pem("s-ca-1"),
            allowedUses: ["digital_signature", "server_auth"],
            validityPeriodHours: 8760,
            earlyRenewalHours: 720,
        });
    });

    it("gives the leaf with its CA, the key, and the bundle that clients verify with", async () => {
        const { result } = await run({});
        assert.equal(await valueOf(result.certificatePem), pem("s-certificate") + pem("s-ca-1"));
        assert.equal(await valueOf(result.privateKeyPem), `${SERVING_KEY_MARKER} PKCS #8 of s-key`);
        assert.equal(await valueOf(result.caCertificatePem), pem("s-ca-1"));
        assert.equal(await valueOf(result.caBundle), Buffer.from(pem("s-ca-1")).toString("base64"));
        assert.equal(await valueOf(result.notAfter), "2027-06-01T00:00:00Z");
        assert.equal(await valueOf(result.caNotAfter), "2036-01-01T00:00:00Z");
        assert.equal(await valueOf(result.renewalTime), "2027-05-02T00:00:00Z");
    });

    it("keeps the key a secret and everything else readable", async () => {
        const { result } = await run({});
        const { certificatePem, caCertificatePem, caBundle, notAfter, caNotAfter } = result;
        assert.equal(await pulumi.isSecret(result.privateKeyPem), true);
        for (const output of [certificatePem, caCertificatePem, caBundle, notAfter, caNotAfter]) {
            assert.equal(await pulumi.isSecret(output), false);
        }
    });

    it("passes all settings on", async () => {
        const { resources } = await run({
            validityHours: 48,
            renewBeforeHours: 12,
            caValidityHours: 1000,
            caRenewBeforeHours: 100,
            clusterDomain: "k8s.example.org",
            extraDnsNames: ["a.example.org", pulumi.output("b.example.org")],
            extraIpAddresses: ["10.0.0.5", pulumi.output("FD00:0:0::5")],
        });
        const ca = named(resources, "s-ca-1").inputs;
        const leaf = named(resources, "s-certificate").inputs;
        assert.deepEqual([ca["validityPeriodHours"], ca["earlyRenewalHours"]], [1000, 100]);
        assert.deepEqual([leaf["validityPeriodHours"], leaf["earlyRenewalHours"]], [48, 12]);
        assert.deepEqual(named(resources, "s-request").inputs["dnsNames"], [
            "webhook.apps.svc",
            "webhook",
            "webhook.apps",
            "webhook.apps.svc.k8s.example.org",
            "a.example.org",
            "b.example.org",
        ]);
        assert.deepEqual(named(resources, "s-request").inputs["ipAddresses"], [
            "10.0.0.5",
            "fd00::5",
        ]);
    });
});

describe("the addresses of a ServingCertificate", () => {
    it("are none by default, and an empty list is none: no certificate is replaced for it", async () => {
        for (const settings of [{}, { extraIpAddresses: [] }]) {
            const { resources } = await run(settings);
            assert.ok(!("ipAddresses" in named(resources, "s-request").inputs));
        }
    });

    it("are written as Go writes them, each once, however a program spells them", async () => {
        const { resources } = await run({
            extraIpAddresses: ["fd00:0::0:5", "FD00::5", "::ffff:10.0.0.5", "10.0.0.5"],
        });
        assert.deepEqual(named(resources, "s-request").inputs["ipAddresses"], [
            "fd00::5",
            "10.0.0.5",
        ]);
    });

    const WRONG = ["10.0.0.300", "fd00::5%eth0", "[fd00::5]", "10.0.0.0/8", "a.example", ""];

    it("are refused, each in a sentence, when they are none", () => {
        assert.throws(
            () => new ServingCertificate("s", { ...SERVING_CERTIFICATE, extraIpAddresses: WRONG }),
            ({ message }: Error) => {
                const [title, ...lines] = message.split("\n");
                assert.equal(title, 'ServingCertificate "s": 6 problems in its arguments:');
                lines.forEach((line, at) => {
                    assert.equal(
                        line,
                        `  - extraIpAddresses has "${WRONG[at] ?? ""}"; expected an IPv4 or IPv6 address without brackets, zone or prefix length; next: put a DNS name into extraDnsNames`,
                    );
                });
                return true;
            },
        );
    });

    it("are refused when they become known late, before there is a request", async () => {
        const extraIpAddresses = ["10.0.0.5", pulumi.output("a.example")];
        const { errors, resources } = await toldLate(
            () => new ServingCertificate("s", { ...SERVING_CERTIFICATE, extraIpAddresses }),
        );
        assert.match(errors.join("\n"), /extraIpAddresses has "a\.example"; expected an IPv4/);
        assert.ok(!resources.some(({ name }) => name === "s-request"));
    });

    it("are not known in a preview in which one of them is not", async () => {
        const { resources } = await record(
            () =>
                new ServingCertificate("s", {
                    ...SERVING_CERTIFICATE,
                    extraIpAddresses: ["10.0.0.5", unknown<string>()],
                }),
            { preview: true },
        );
        assert.equal(named(resources, "s-request").inputs["ipAddresses"], UNKNOWN);
    });
});

describe("the rotation of a CA key", () => {
    const BOTH = pem("s-ca-1") + pem("s-ca-2");

    it("adds a slot to the bundle and leaves the leaf alone", async () => {
        const before = await run({});
        const added = await run({ caKeyGenerations: ["1", "2"] });
        assert.equal(await valueOf(added.result.caCertificatePem), BOTH);
        for (const { name } of before.resources.filter((resource) => resource.custom)) {
            assert.deepEqual(
                named(added.resources, name).inputs,
                named(before.resources, name).inputs,
            );
        }
    });

    it("switches the leaf and leaves the bundle alone", async () => {
        const { result, resources } = await run({
            caKeyGenerations: ["1", "2"],
            activeCaKeyGeneration: "2",
        });
        assert.equal(await valueOf(result.caCertificatePem), BOTH);
        assert.equal(await valueOf(result.certificatePem), pem("s-certificate") + pem("s-ca-2"));
        const { inputs } = named(resources, "s-certificate");
        assert.deepEqual(inputs["caPrivateKeyPem"], secret(`${CA_KEY_MARKER} of s-ca-key-2`));
        assert.equal(inputs["caCertPem"], pem("s-ca-2"));
    });

    it("drops the old slot and leaves the leaf alone", async () => {
        const { result } = await run({ caKeyGenerations: ["2"] });
        assert.equal(await valueOf(result.caCertificatePem), pem("s-ca-2"));
        assert.equal(await valueOf(result.certificatePem), pem("s-certificate") + pem("s-ca-2"));
    });
});

describe("ServingCertificate in a preview", () => {
    it("registers everything, and knows none of the certificates", async () => {
        const { result, resources } = await record(
            () =>
                new ServingCertificate("s", {
                    ...SERVING_CERTIFICATE,
                    extraDnsNames: [unknown<string>()],
                }),
            { preview: true },
        );
        assert.equal(resources.length, 6);
        assert.equal(await isKnown(result.caBundle), false);
        assert.equal(await isKnown(result.certificatePem), false);
        assert.equal(await pulumi.isSecret(result.privateKeyPem), true);
    });
});
