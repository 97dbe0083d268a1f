import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
    certificateFitting,
    givenCertificateProblems,
} from "../../components/metrics-server/givenCertificate";
import { knownTexts } from "../../components/shared/lateCheck";
import { base64 } from "../../components/shared/pem";
import { certificate, otherCa, type Pair, type Subject } from "../scripts/support/certificates";
import { KUBELET_CA, SERVING, SERVING_CA, SERVING_KEY } from "./support/certificates";
import { unknown } from "./support/mocks";

const NAME = "metrics-server.kube-system.svc";
const LOOK = "next: openssl x509 -in <file> -noout -subject -ext subjectAltName,extendedKeyUsage";

const ca = (): Pair => certificate({ subject: "/CN=given-ca", ca: true });

/** A serving certificate, and what is different about it. */
function issued(different: Partial<Subject>): Pair {
    return certificate({ subject: "/CN=ms", names: `DNS:${NAME}`, issuer: ca(), ...different });
}

interface Given {
    certificatePem?: pulumi.Input<string>;
    privateKeyPem?: pulumi.Input<string>;
    caBundle?: pulumi.Input<string>;
}

function problems(given: Given, now = new Date()): string[] {
    const args = {
        certificatePem: SERVING + SERVING_CA,
        privateKeyPem: SERVING_KEY,
        caBundle: base64(SERVING_CA),
        ...given,
    };
    return givenCertificateProblems(knownTexts(certificateFitting(args)), now);
}

/** What is wrong with a pair under a CA. */
function problemsOf({ certificate, key }: Pair, signer = ca(), now = new Date()): string[] {
    const caBundle = base64(signer.certificate);
    return problems({ certificatePem: certificate, privateKeyPem: key, caBundle }, now);
}

describe("a certificate for MetricsServer that was made elsewhere", () => {
    it("is taken when name, time, pair and chain are right", () => {
        assert.deepEqual(problems({}), []);
        assert.deepEqual(problemsOf(issued({})), []);
    });

    it("is taken with its name in a wildcard, with an intermediate CA, and with two CAs in the bundle", () => {
        assert.deepEqual(problemsOf(issued({ names: "DNS:*.kube-system.svc" })), []);
        const middle = certificate({ subject: "/CN=middle", ca: true, issuer: ca() });
        const leaf = issued({ issuer: middle });
        const given = { certificatePem: leaf.certificate, privateKeyPem: leaf.key };
        assert.deepEqual(problems({ ...given, caBundle: base64(middle.certificate) }), []);
        const chained = leaf.certificate + middle.certificate;
        const caBundle = base64(otherCa().certificate + ca().certificate);
        assert.deepEqual(problems({ ...given, certificatePem: chained, caBundle }), []);
        assert.match(
            problems({ ...given, caBundle })[0] ?? "",
            /^caBundle has CN=another; CN=given-ca,/,
        );
    });

    it("is taken when it signed itself and is its own bundle", () => {
        const self = certificate({ subject: "/CN=ms", names: `DNS:${NAME}` });
        assert.deepEqual(problemsOf(self, self), []);
    });

    it("is refused for another host with a foreign key, in one message", () => {
        const evil = issued({ subject: "/CN=evil.example", names: "DNS:evil.example" });
        const pair = { certificate: evil.certificate, key: issued({}).key };
        assert.deepEqual(problemsOf(pair, otherCa()), [
            `certificatePem begins with a certificate (CN=evil.example) for DNS:evil.example; expected one for ${NAME}, which the API server verifies; ${LOOK}`,
            "privateKeyPem is not the key of the first certificate in certificatePem (CN=evil.example); expected the pair; next: compare openssl x509 -in <certificate> -noout -pubkey with openssl pkey -in <key> -pubout",
            "caBundle has CN=another, and none of them signed certificatePem (CN=evil.example, issued by CN=given-ca); expected the CA at the end of its chain; next: openssl verify -CAfile <bundle> <certificate>",
        ]);
    });

    it("is refused with its name in the common name only, which nobody looks at", () => {
        const [problem = ""] = problemsOf(
            issued({ subject: `/CN=${NAME}`, names: "DNS:metrics-server" }),
        );
        assert.match(problem, /for DNS:metrics-server; expected one for metrics-server\.kube/);
    });

    it("is refused when it has expired or is not valid yet", () => {
        const leaf = issued({});
        const year = 366 * 86_400_000;
        const [expired = ""] = problemsOf(leaf, ca(), new Date(Date.now() + year));
        assert.match(
            expired,
            /^certificatePem begins with a certificate \(CN=ms\) that expired on \d{4}-\d\d-\d\dT\S+Z; expected one that is valid now; next: renew it/,
        );
        const [early = ""] = problemsOf(leaf, ca(), new Date(Date.now() - year));
        assert.match(early, /\(CN=ms\) that is valid only from \S+Z on;/);
    });

    it("is refused behind a CA of the same name that did not sign it", () => {
        const twin = certificate({ subject: "/CN=given-ca", ca: true, until: 299 });
        const [problem = ""] = problemsOf(issued({}), twin);
        assert.match(problem, /^caBundle has CN=given-ca, and none of them signed certificatePem/);
    });

    it("is refused when it, or a CA between, was signed with SHA-1, which Go does not take", () => {
        const [problem = "", ...more] = problemsOf(issued({ digest: "sha1" }));
        assert.equal(
            problem,
            "certificatePem begins with a certificate (CN=ms) that was signed in a way that Go does not take; expected SHA-256, SHA-384 or SHA-512 with RSA or ECDSA, or Ed25519; next: have it signed anew",
        );
        assert.deepEqual(more, []);
        const middle = { subject: "/CN=middle", ca: true, issuer: ca(), digest: "sha1" };
        const leaf = issued({ issuer: certificate(middle) });
        const given = { certificatePem: leaf.certificate, privateKeyPem: leaf.key };
        const between = leaf.certificate + certificate(middle).certificate;
        assert.match(
            problems({
                ...given,
                certificatePem: between,
                caBundle: base64(ca().certificate),
            })[0] ?? "",
            /only by way of CN=middle, which was signed in a way that Go does not take;/,
        );
        // Trusted by itself, so nobody looks at its signature.
        const trusted = base64(certificate(middle).certificate);
        assert.deepEqual(problems({ ...given, caBundle: trusted }), []);
    });

    it("is refused below a CA with a key that Go does not verify with", () => {
        const odd = certificate({ subject: "/CN=odd", ca: true, curve: "secp256k1" });
        assert.match(
            problemsOf(issued({ issuer: odd }), odd)[0] ?? "",
            /only by way of CN=odd, which has a key that Go does not verify with;/,
        );
    });

    it("is looked at to an end among many CAs of one name and key, none of which leads on", function () {
        const base = { subject: "/CN=many", ca: true };
        const leaf = issued({ issuer: certificate(base) });
        // The same key under many serials.
        const many = Array.from({ length: 12 }, (_, at) =>
            certificate({ ...base, issuer: certificate(base), until: 100 + at, keyOf: base }),
        );
        const chain = [leaf, ...many].map((each) => each.certificate).join("");
        const given = { certificatePem: chain, privateKeyPem: leaf.key };
        assert.match(
            problems({ ...given, caBundle: base64(otherCa().certificate) })[0] ?? "",
            /none of them signed/,
        );
    });

    it("is refused below more CAs than one of them permits", () => {
        const root = certificate({ subject: "/CN=root", ca: true, pathLength: 0 });
        const middle = certificate({ subject: "/CN=middle", ca: true, issuer: root });
        const leaf = issued({ issuer: middle });
        const between = {
            certificatePem: leaf.certificate + middle.certificate,
            privateKeyPem: leaf.key,
        };
        assert.match(
            problems({ ...between, caBundle: base64(root.certificate) })[0] ?? "",
            /only by way of CN=root, which permits 0 CAs below it \(path length\);/,
        );
        assert.deepEqual(problems({ ...between, caBundle: base64(middle.certificate) }), []);
        assert.deepEqual(problemsOf(issued({ issuer: root }), root), []);
    });

    it("is refused with a bundle that has something else than CAs", () => {
        const other = issued({ subject: "/CN=w1" });
        const [problem = ""] = problems({
            caBundle: base64(SERVING_CA + other.certificate),
        });
        assert.equal(
            problem,
            "caBundle: certificate 2 (CN=w1) is no CA certificate; expected the CA that signed certificatePem; next: openssl x509 -text -noout, and look for CA:TRUE",
        );
    });

    it("is refused with a damaged block, which some readers skip", () => {
        const garbage = SERVING_CA.replace("CERTIFICATE-----\n", "CERTIFICATE-----\n!!\n");
        assert.deepEqual(
            problems({ certificatePem: SERVING + garbage, caBundle: base64(garbage) }),
            [
                "certificatePem: block 2 (CERTIFICATE) has something else than base64 between BEGIN and END; expected the serving certificate and its CA",
                "caBundle: block 1 (CERTIFICATE) has something else than base64 between BEGIN and END; expected base64 of the CA certificates",
            ],
        );
        const noCertificate = `-----BEGIN CERTIFICATE-----\n${base64("no certificate")}\n-----END CERTIFICATE-----\n`;
        assert.match(
            problems({ certificatePem: noCertificate })[0] ?? "",
            /^certificatePem: block 1 is no X\.509 certificate; expected the serving certificate and its CA; next: openssl/,
        );
    });

    it("is refused with bytes behind a certificate, which OpenSSL skips and Go refuses", () => {
        const body = SERVING.split("\n").slice(1, -2).join("");
        const longer = Buffer.concat([Buffer.from(body, "base64"), Buffer.alloc(3)]);
        const text = `-----BEGIN CERTIFICATE-----\n${longer.toString("base64")}\n-----END CERTIFICATE-----\n`;
        assert.match(
            problems({ certificatePem: text })[0] ?? "",
            /block 1 is no X\.509 certificate/,
        );
    });

    it("is refused with a key that is damaged, encrypted, or not the only one, and never quotes it", () => {
        const [, body = ""] = SERVING_KEY.split("\n");
        const damaged: Record<string, RegExp> = {
            [SERVING_KEY.replace(body, "")]:
                /^privateKeyPem cannot be read as a private key; .*; next: openssl pkey/,
            [SERVING_KEY.replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n")]:
                /^privateKeyPem: block 1 \(PRIVATE KEY\) has something else .*; expected one private key that is not encrypted$/,
            [SERVING_KEY + SERVING_KEY]: /^privateKeyPem has 2 private keys; expected one$/,
            [SERVING]: /^privateKeyPem has no PEM private key; expected one that is not encrypted$/,
        };
        for (const [privateKeyPem, expected] of Object.entries(damaged)) {
            const [problem = "", ...more] = problems({ privateKeyPem });
            assert.match(problem, expected);
            assert.doesNotMatch(problem, new RegExp(body.slice(0, 20)));
            assert.deepEqual(more, []);
        }
    });

    it("is looked at as far as it is known", () => {
        const later = { certificatePem: unknown<string>(), privateKeyPem: unknown<string>() };
        assert.deepEqual(problems({ ...later, caBundle: unknown<string>() }), []);
        assert.deepEqual(problems(later), []);
        assert.match(problems({ privateKeyPem: issued({}).key })[0] ?? "", /^privateKeyPem is not/);
        assert.match(
            problems({ privateKeyPem: unknown<string>(), caBundle: base64(KUBELET_CA) })[0] ?? "",
            /^caBundle has CN=kubernetes, and none of them signed/,
        );
    });

    it("may have a name that would be markup, which comes out harmless", () => {
        const odd = issued({ subject: "/CN=<{%x%}>\u001b[31m", names: "DNS:a.example" });
        const [problem = ""] = problemsOf(odd);
        assert.doesNotMatch(problem, /<\{%|%\}>|\u001b/);
    });
});
