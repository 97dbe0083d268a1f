import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { CertificateSource, SecureMetricsServer, ServingCertificate } from "../../index";
import { base64 } from "../../components/shared/pem";
import { otherCa } from "../scripts/support/certificates";
import { COMPANY_CA } from "./support/cases";
import { SERVING, SERVING_CA, SERVING_KEY } from "./support/certificates";
import { foreign, NODES, SSH } from "./support/fixtures";
import { named } from "./support/find";
import { toldLate } from "./support/late";
import { valueOf } from "./support/mocks";
import { pem } from "./support/providerStates";

import {
    SERVICE,
    CA,
    UNDER_CA,
    GIVEN,
    WITH_KEY,
    SECRET,
    issued,
    problems,
    refused,
} from "./support/certificateSources";

describe("the source of a serving certificate", () => {
    it("is refused when it is none, with those that there are", () =>
        refused(
            { source: foreign("vault") },
            'source is "vault"; expected own, givenCa, given, clusterCa, existingSecret or certManager',
        ));

    it("is refused with arguments that belong to another one, each with what to do", () =>
        refused(
            { ...WITH_KEY, givenCa: CA, validityHours: 48, caKeyGenerations: ["1"] },
            'givenCa belongs to source givenCa, and source is given; expected it not to be set; next: remove givenCa, or set source to "givenCa"',
            "validityHours belongs to source own, givenCa or clusterCa, and source is given;",
            "caKeyGenerations belongs to source own, and source is given;",
        ));

    it("is own when nobody says, so that a bag alone is refused and not passed over", async () => {
        await refused({ givenCa: CA }, "givenCa belongs to source givenCa, and source is own;");
        await refused(
            { given: GIVEN, activeCaKeyGeneration: "1" },
            "given belongs to source given, and source is own;",
        );
    });

    it("is refused without what it needs", async () => {
        await refused(
            { source: CertificateSource.GivenCa },
            "givenCa is missing; expected certificatePem and privateKeyPem in it, because source is givenCa",
        );
        await refused(
            { source: CertificateSource.GivenCa, givenCa: {} },
            "givenCa.certificatePem is missing; expected the CA's certificate, PEM",
            "givenCa.privateKeyPem is missing; expected its private key, PEM",
        );
        await refused(
            { source: CertificateSource.Given, given: { caCertificatePem: SERVING_CA } },
            /^given\.certificatePem is missing; .*; next: without one, run with source own, have its output certificateRequest signed, and give what comes back$/,
        );
    });

    it("is refused with names that are no arguments of it", () =>
        refused(
            { ...UNDER_CA, givenCa: { ...CA, passphrase: "x" } },
            "givenCa.passphrase is no argument; expected one of certificatePem, privateKeyPem",
        ));

    it("is refused by ServingCertificate when there would be nothing to make", async () => {
        await refused(
            { source: CertificateSource.ExistingSecret },
            'source is "existingSecret", and there is nothing to make; expected own, givenCa or given; next: mount the Secret by its name',
        );
        await refused({ existingSecret: SECRET.existingSecret }, "existingSecret is no argument;");
    });

    it("is reported by SecureMetricsServer with all other problems at once", async () => {
        const found = await problems(
            () =>
                new SecureMetricsServer("m", {
                    nodes: NODES,
                    ssh: SSH,
                    maxUnavailable: 0,
                    servingCertificate: { ...UNDER_CA, givenCa: { ...CA, privateKeyPem: "none" } },
                }),
        );
        assert.equal(found.length, 2, found.join("\n"));
        assert.match(found[0] ?? "", /maxUnavailable is 0;/);
        assert.match(found[1] ?? "", /givenCa\.privateKeyPem has no PEM private key;/);
    });
});

describe("further CA certificates", () => {
    it("stand behind those of every source, in caBundle and nowhere else", async () => {
        const additionalCaPem = otherCa().certificate;
        const own = await issued({ additionalCaPem });
        assert.equal(await valueOf(own.result.caCertificatePem), pem("s-ca-1") + additionalCaPem);
        assert.equal(
            await valueOf(own.result.certificatePem),
            pem("s-certificate") + pem("s-ca-1"),
        );
        const given = await issued({
            ...WITH_KEY,
            additionalCaPem: pulumi.output(additionalCaPem),
        });
        assert.equal(await valueOf(given.result.caBundle), base64(SERVING_CA + additionalCaPem));
    });

    it("are refused when they are none, or would give a key away, also when they become known late", async () => {
        await refused({ additionalCaPem: "none" }, "additionalCaPem has no PEM certificate;");
        await refused(
            { additionalCaPem: SERVING_CA + SERVING_KEY },
            "additionalCaPem has a private key, and everybody may read it;",
        );
        await refused(
            { additionalCaPem: SERVING },
            /^additionalCaPem: certificate 1 \(CN=metrics-server\.kube-system\.svc\) is no CA certificate;/,
        );
        const { errors } = await toldLate(
            () =>
                new ServingCertificate("s", {
                    ...SERVICE,
                    additionalCaPem: pulumi.output(SERVING),
                }),
        );
        assert.match(errors.join("\n"), /additionalCaPem: certificate 1 .* is no CA certificate/);
    });
});

describe("the package's own CA beside another source", () => {
    const slots = { includeOwnCa: true, caKeyGenerations: ["1", "2"], activeCaKeyGeneration: "2" };

    it("is trusted before it signs, and is the one that source own takes up", async () => {
        const { result, resources } = await issued({ ...UNDER_CA, ...slots });
        assert.equal(
            await valueOf(result.caCertificatePem),
            COMPANY_CA.certificate + pem("s-ca-1") + pem("s-ca-2"),
        );
        assert.equal(named(resources, "s-certificate").inputs["caCertPem"], COMPANY_CA.certificate);
        const own = await issued({ ...slots, includeOwnCa: undefined });
        for (const name of ["s-ca-key-1", "s-ca-1", "s-ca-key-2", "s-ca-2"]) {
            assert.deepEqual(named(resources, name), named(own.resources, name));
        }
    });

    it("is there anyway with source own, and its slots are looked at with every source", async () => {
        const { result } = await issued({ includeOwnCa: true });
        assert.equal(await valueOf(result.caCertificatePem), pem("s-ca-1"));
        await refused(
            { ...UNDER_CA, caKeyGenerations: ["1"] },
            "caKeyGenerations belongs to source own, and source is givenCa;",
        );
        await refused(
            { ...UNDER_CA, ...slots, activeCaKeyGeneration: "3" },
            /^activeCaKeyGeneration is "3"/,
        );
    });
});
