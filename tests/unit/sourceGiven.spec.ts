import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { CertificateSource, ServingCertificate } from "../../index";
import { base64 } from "../../components/shared/pem";
import { certificate, otherCa, type Subject } from "../scripts/support/certificates";
import { SERVING, SERVING_CA, SERVING_KEY } from "./support/certificates";
import { named } from "./support/find";
import { toldLate } from "./support/late";
import { record, valueOf } from "./support/mocks";

import {
    SERVICE,
    NAME,
    GIVEN,
    WITH_KEY,
    issued,
    refusedBy,
    refused,
} from "./support/certificateSources";

describe("a certificate that is given", () => {
    it("with its key is passed on as it is, and nothing is made", async () => {
        const { result, resources } = await issued(WITH_KEY);
        assert.deepEqual(
            resources.map(({ name }) => name),
            ["s"],
        );
        assert.equal(await valueOf(result.certificatePem), SERVING);
        assert.equal(await valueOf(result.privateKeyPem), SERVING_KEY);
        assert.equal(await pulumi.isSecret(result.privateKeyPem), true);
        assert.equal(await valueOf(result.caBundle), base64(SERVING_CA));
        assert.equal(await valueOf(result.notAfter), "2126-10-31T18:42:02Z");
        assert.equal(await valueOf(result.caNotAfter), "2126-10-31T18:42:02Z");
        assert.equal(await valueOf(result.renewalTime), "2126-10-01T18:42:02Z");
        assert.equal(await valueOf(result.certificateRequest), "");
    });

    const states = { "s-key": { privateKeyPem: "pem", privateKeyPemPkcs8: SERVING_KEY } };
    const forOwnKey = { source: CertificateSource.Given, given: GIVEN };

    it("without its key is one for the package's own, whose request any run with source own has, too", async () => {
        const before = await issued({});
        assert.equal(await valueOf(before.result.certificateRequest), "request s-request");
        const { result, resources } = await record(
            () => new ServingCertificate("s", { ...SERVICE, ...forOwnKey }),
            { states },
        );
        for (const kept of ["s-key", "s-request"]) {
            const inputs = named(resources, kept).inputs;
            const { privateKeyPem, ...rest } = named(before.resources, kept).inputs;
            assert.deepEqual({ ...inputs, privateKeyPem }, { privateKeyPem, ...rest });
        }
        assert.equal(await valueOf(result.privateKeyPem), SERVING_KEY);
        assert.equal(await valueOf(result.certificateRequest), "request s-request");
    });

    it("is refused for another key than the package's own, with what to have signed", async () => {
        const other = { "s-key": { privateKeyPem: "pem", privateKeyPemPkcs8: otherCa().key } };
        const { errors } = await toldLate(
            () => new ServingCertificate("s", { ...SERVICE, ...forOwnKey }),
            { states: other },
        );
        assert.match(
            errors.join("\n"),
            /given\.certificatePem begins with a certificate \(CN=metrics-server\.kube-system\.svc\) for another key than the package's own; expected one that was made from the output certificateRequest, or its key in given\.privateKeyPem; next: have certificateRequest signed/,
        );
    });

    it("is refused late for addresses that are none, or that it is not for", async () => {
        const told = async (address: string): Promise<string> => {
            const extraIpAddresses = [pulumi.output(address)];
            const args = { ...SERVICE, ...WITH_KEY, extraIpAddresses };
            return (await toldLate(() => new ServingCertificate("s", args))).errors.join("\n");
        };
        assert.match(await told("10.0.0"), /extraIpAddresses has "10\.0\.0"; expected an IPv4/);
        assert.match(await told("10.0.0.5"), /expected one for 10\.0\.0\.5, which the API server/);
    });

    it("is refused when the way to its CA is none that Go takes: ended, without serverAuth, with name constraints", async () => {
        const under = (different: Partial<Subject>) => {
            const ca = certificate({ subject: "/CN=given-ca", ca: true, ...different });
            const pair = certificate({ subject: "/CN=ms", names: `DNS:${NAME}`, issuer: ca });
            const given = {
                certificatePem: pair.certificate,
                privateKeyPem: pair.key,
                caCertificatePem: ca.certificate,
            };
            return { source: CertificateSource.Given, given };
        };
        const ended = under({ from: -20, until: -10 });
        const begins =
            "given\\.certificatePem \\(CN=ms\\) leads to a CA of given\\.caCertificatePem only by way of CN=given-ca, which ";
        await refused(ended, new RegExp(`^${begins}expired on `));
        await refused(
            under({ extensions: ["extendedKeyUsage=clientAuth"] }),
            new RegExp(`^${begins}has extended key usages without serverAuth;`),
        );
        const elsewhere = under({ extensions: ["nameConstraints=permitted;DNS:example.com"] });
        await refused(
            elsewhere,
            new RegExp(`^${begins}has name constraints that do not permit ${NAME};`),
        );
        // Another CA in the bundle that vouches for it is enough.
        const { certificatePem, privateKeyPem, caCertificatePem } = ended.given;
        const both = otherCa().certificate + caCertificatePem;
        const given = { certificatePem, privateKeyPem, caCertificatePem: both };
        await refused({ ...ended, given }, /only by way of/);
        assert.deepEqual(await refusedBy(under({})), []);
    });

    it("is refused for a key that Go's TLS does not serve with", async () => {
        const ca = certificate({ subject: "/CN=given-ca", ca: true });
        const { certificate: pem, key } = certificate({
            subject: "/CN=ms",
            names: `DNS:${NAME}`,
            issuer: ca,
            curve: "secp256k1",
        });
        const given = { certificatePem: pem, privateKeyPem: key, caCertificatePem: ca.certificate };
        await refused(
            { source: CertificateSource.Given, given },
            /for a key that Go's TLS does not serve with; expected ECDSA/,
        );
    });

    it("is refused when the API server would refuse it: names, usage, time, pair, chain", async () => {
        const ca = certificate({ subject: "/CN=given-ca", ca: true });
        const given = (different: Partial<Subject>, caCertificatePem = ca.certificate) => {
            const pair = certificate({
                subject: "/CN=ms",
                names: `DNS:${NAME}`,
                issuer: ca,
                ...different,
            });
            return {
                source: CertificateSource.Given,
                given: {
                    certificatePem: pair.certificate,
                    privateKeyPem: pair.key,
                    caCertificatePem,
                },
            };
        };
        assert.deepEqual(await refusedBy(given({})), []);
        await refused(
            given({ names: "DNS:a.example" }),
            /^given\.certificatePem begins with a certificate \(CN=ms\) for DNS:a\.example; expected one for metrics-server\.kube-system\.svc,/,
        );
        await refused(
            { ...given({}), extraDnsNames: ["a.example"] },
            /for DNS:metrics-server\.kube-system\.svc; expected one for a\.example,/,
        );
        const addressed = given({ names: `DNS:${NAME},IP:10.0.0.5,IP:fd00::5` });
        const extraIpAddresses = ["10.0.0.5", "FD00:0::5"];
        assert.deepEqual(await refusedBy({ ...addressed, extraIpAddresses }), []);
        await refused(
            { ...given({}), extraIpAddresses },
            /for DNS:metrics-server\.kube-system\.svc; expected one for 10\.0\.0\.5,/,
            /for DNS:metrics-server\.kube-system\.svc; expected one for fd00::5,/,
        );
        await refused(
            { ...given({ names: `DNS:${NAME},DNS:10.0.0.5` }), extraIpAddresses: ["10.0.0.5"] },
            /expected one for 10\.0\.0\.5, which the API server verifies;/,
        );
        await refused(
            { ...addressed, extraIpAddresses: ["10.0.0"] },
            'extraIpAddresses has "10.0.0"; expected an IPv4 or IPv6 address',
        );
        await refused(
            given({ extensions: ["extendedKeyUsage=clientAuth"] }),
            /may not serve; expected the extended key usage serverAuth;/,
        );
        await refused(
            given({ from: -20, until: -10 }),
            /that expired on .*; next: renew it where it was made$/,
        );
        await refused(
            given({}, otherCa().certificate),
            /^given\.caCertificatePem has CN=another, and none of them signed given\.certificatePem/,
        );
        const { given: pair } = given({});
        await refused(
            { source: CertificateSource.Given, given: { ...pair, privateKeyPem: otherCa().key } },
            /^given\.privateKeyPem is not the key of the first certificate in given\.certificatePem/,
        );
    });

    it("has no life of its own to set, and warns before its end as long as it is told", async () => {
        await refused(
            { ...WITH_KEY, renewBeforeHours: -1 },
            "renewBeforeHours is -1; expected a whole number of hours from 0 on",
        );
        const { result } = await issued({ ...WITH_KEY, renewBeforeHours: 24 });
        assert.equal(await valueOf(result.renewalTime), "2126-10-01T18:42:02Z");
    });
});
