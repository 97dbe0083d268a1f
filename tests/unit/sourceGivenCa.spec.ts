import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { CertificateSource, ServingCertificate } from "../../index";
import { certificate, otherCa, type Subject } from "../scripts/support/certificates";
import { COMPANY_CA } from "./support/cases";
import { SERVING, SERVING_KEY } from "./support/certificates";
import { named } from "./support/find";
import { toldLate } from "./support/late";
import { record, unknown, valueOf } from "./support/mocks";
import { pem } from "./support/providerStates";
import { secret } from "./support/recorded";

import {
    SERVICE,
    NAME,
    CA,
    UNDER_CA,
    issued,
    refusedBy,
    refused,
} from "./support/certificateSources";

const limited = (extensions: string[], more: Partial<Subject> = {}) => {
    const ca = certificate({ subject: "/CN=limited", ca: true, extensions, ...more });
    return {
        source: CertificateSource.GivenCa,
        givenCa: { certificatePem: ca.certificate, privateKeyPem: ca.key },
    };
};

describe("a CA that is given", () => {
    it("signs a leaf for the package's key, which is renewed as with an own CA", async () => {
        const { result, resources } = await issued({
            ...UNDER_CA,
            validityHours: 48,
            renewBeforeHours: 12,
        });
        assert.deepEqual(named(resources, "s-certificate").inputs, {
            certRequestPem: "request s-request",
            caPrivateKeyPem: secret(COMPANY_CA.key),
            caCertPem: COMPANY_CA.certificate,
            allowedUses: ["digital_signature", "server_auth"],
            validityPeriodHours: 48,
            earlyRenewalHours: 12,
        });
        assert.equal(
            await valueOf(result.certificatePem),
            pem("s-certificate") + COMPANY_CA.certificate,
        );
        assert.equal(await valueOf(result.caCertificatePem), COMPANY_CA.certificate);
        assert.equal(await valueOf(result.notAfter), "2027-06-01T00:00:00Z");
        assert.match((await valueOf(result.caNotAfter)) ?? "", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        assert.equal(await valueOf(result.certificateRequest), "request s-request");
    });

    it("signs for all names of the Service, as without name constraints", async () => {
        const { resources } = await issued(UNDER_CA);
        assert.deepEqual(named(resources, "s-request").inputs["dnsNames"], [
            NAME,
            "metrics-server",
            "metrics-server.kube-system",
            `${NAME}.cluster.local`,
        ]);
    });

    it("with name constraints signs for the names that it permits, if the verified one is among them", async () => {
        const extensions = [
            "nameConstraints=critical,permitted;DNS:svc,permitted;DNS:company.example",
        ];
        const { resources } = await issued({
            ...limited(extensions),
            extraDnsNames: ["metrics.company.example"],
        });
        assert.deepEqual(named(resources, "s-request").inputs["dnsNames"], [
            NAME,
            "metrics.company.example",
        ]);
        await refused(
            {
                ...limited(["nameConstraints=permitted;DNS:company.example"]),
                extraDnsNames: ["a.example"],
            },
            `givenCa.certificatePem (CN=limited) has name constraints that do not permit ${NAME}, a.example; expected a CA that may sign for it; next: openssl x509`,
        );
        const addressed = limited(["nameConstraints=permitted;IP:10.0.0.0/255.0.0.0"]);
        const within = await issued({ ...addressed, extraIpAddresses: ["10.0.0.5"] });
        assert.deepEqual(named(within.resources, "s-request").inputs["ipAddresses"], ["10.0.0.5"]);
        await refused(
            { ...addressed, extraIpAddresses: ["10.0.0.5", "FD00::5", "192.0.2.1"] },
            /has name constraints that do not permit fd00::5, 192\.0\.2\.1; expected a CA/,
        );
        await refused(
            limited(["nameConstraints=critical,permitted;RID:1.2.3.4"]),
            /has name constraints that cannot be read, or critical ones of another kind than DNS, IP, email or URI;/,
        );
    });

    it("is refused when it is no CA, may not sign for servers, or is not valid now", async () => {
        await refused(
            {
                source: CertificateSource.GivenCa,
                givenCa: { certificatePem: SERVING, privateKeyPem: SERVING_KEY },
            },
            `givenCa.certificatePem (CN=${NAME}) is no CA certificate; expected CA:TRUE`,
        );
        await refused(
            limited(["keyUsage=digitalSignature"]),
            /is no CA certificate; expected CA:TRUE and, where it has key usages, keyCertSign;/,
        );
        await refused(
            limited(["extendedKeyUsage=clientAuth"]),
            /has extended key usages without serverAuth;/,
        );
        await refused(
            limited([], { from: -20, until: -10 }),
            /\(CN=limited\) expired on \S+Z; expected one that is valid now;/,
        );
        await refused(limited([], { from: 10, until: 20 }), /is valid only from \S+Z on;/);
    });

    it("is refused with another key, with an encrypted one, and with more than one certificate, and no key is quoted", async () => {
        const other = otherCa().key;
        await refused(
            { ...UNDER_CA, givenCa: { ...CA, privateKeyPem: other } },
            "givenCa.privateKeyPem is not the key of givenCa.certificatePem (CN=company-ca); expected the pair;",
        );
        await refused(
            {
                ...UNDER_CA,
                givenCa: {
                    ...CA,
                    privateKeyPem: other.replaceAll("EC PRIVATE", "ENCRYPTED PRIVATE"),
                },
            },
            "givenCa.privateKeyPem has no PEM private key; expected one that is not encrypted",
        );
        await refused(
            {
                ...UNDER_CA,
                givenCa: { ...CA, certificatePem: CA.certificatePem + otherCa().certificate },
            },
            "givenCa.certificatePem has 2 certificates; expected the certificate of one CA, alone; next: leave out the CAs above it,",
        );
        const [line = ""] = await refusedBy({
            ...UNDER_CA,
            givenCa: { ...CA, certificatePem: CA.certificatePem + other },
        });
        assert.match(line, /givenCa\.certificatePem has a private key, and everybody may read it;/);
        assert.ok(!line.includes(other.split("\n")[1] ?? "?"));
    });

    it("is looked at again when it becomes known late, before anything is signed", async () => {
        const late = {
            certificatePem: pulumi.output(CA.certificatePem),
            privateKeyPem: pulumi.secret(otherCa().key),
        };
        const { errors, resources } = await toldLate(
            () => new ServingCertificate("s", { ...SERVICE, ...UNDER_CA, givenCa: late }),
        );
        assert.match(
            errors.join("\n"),
            /^ServingCertificate "s": 1 problem in its arguments:\n {2}- givenCa\.privateKeyPem is not the key of/,
        );
        assert.deepEqual(
            resources.filter(({ name }) => name === "s-certificate"),
            [],
        );
        const sound = await issued({
            ...UNDER_CA,
            givenCa: { ...late, privateKeyPem: pulumi.secret(CA.privateKeyPem) },
        });
        assert.deepEqual(
            named(sound.resources, "s-certificate").inputs["caPrivateKeyPem"],
            secret(CA.privateKeyPem),
        );
    });

    it("shows in a preview that does not know it", async () => {
        const { resources } = await record(
            () =>
                new ServingCertificate("s", {
                    ...SERVICE,
                    ...UNDER_CA,
                    givenCa: {
                        certificatePem: unknown<string>(),
                        privateKeyPem: unknown<string>(),
                    },
                }),
            { preview: true },
        );
        assert.deepEqual(resources.map(({ name }) => name).sort(), [
            "s",
            "s-certificate",
            "s-key",
            "s-request",
        ]);
    });
});
