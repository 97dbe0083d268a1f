import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { nameConstraintsOf } from "../../components/shared/nameConstraints";
import { hasKeyForGo, isSignedForGo, pathLengthOf } from "../../components/shared/signed";
import { readCertificates } from "../../components/shared/certificates";
import { certificate, type Subject } from "../scripts/support/certificates";

const read = (different: Partial<Subject>): X509Certificate =>
    new X509Certificate(certificate({ subject: "/CN=x", ca: true, ...different }).certificate);

/** The same certificate with other bytes somewhere; its signature is nobody's then, and nobody looks at that here. */
function changed(found: X509Certificate, from: string, to: string): X509Certificate {
    const hex = found.raw.toString("hex");
    assert.ok(hex.includes(from), from);
    return new X509Certificate(Buffer.from(hex.replace(from, to), "hex"));
}

describe("what Go takes of a certificate", () => {
    it("is a signature with SHA-256, SHA-384 or SHA-512, and no weaker one", () => {
        for (const digest of ["sha256", "sha384", "sha512"]) {
            assert.ok(isSignedForGo(read({ digest })), digest);
        }
        for (const digest of ["sha1", "sha224"]) {
            assert.ok(!isSignedForGo(read({ digest })), digest);
        }
    });

    it("is a key on one of its curves", () => {
        for (const curve of ["prime256v1", "secp384r1", "secp521r1"]) {
            assert.ok(hasKeyForGo(read({ curve })), curve);
        }
        assert.ok(!hasKeyForGo(read({ curve: "secp256k1" })));
    });

    it("is as many CAs below it as its path length says", () => {
        assert.equal(pathLengthOf(read({})), undefined);
        assert.equal(pathLengthOf(read({ pathLength: 0 })), 0);
        assert.equal(pathLengthOf(read({ pathLength: 3 })), 3);
    });

    it("is nothing below a path length that is no number", () => {
        const empty = changed(read({ pathLength: 3 }), "30060101ff020103", "30060101ff020003");
        assert.equal(pathLengthOf(empty), 0);
    });

    it("is nothing by name constraints that end in the middle", () => {
        const extensions = ["nameConstraints=permitted;DNS:example.org"];
        const whole = read({ extensions });
        assert.deepEqual(nameConstraintsOf(whole)?.permitted, ["example.org"]);
        const tag = Buffer.from("example.org").toString("hex");
        // The length of the innermost name says more bytes than there are.
        const cut = changed(whole, `820b${tag}`, `827f${tag}`);
        assert.equal(nameConstraintsOf(cut)?.unknown, true);
    });

    it("is no time of month 13, which OpenSSL passes over", () => {
        const found = read({});
        // The first one of two, UTCTime: YYMMDDhhmmssZ.
        const [time = ""] = /170d(3\d){12}5a/.exec(found.raw.toString("hex")) ?? [];
        const odd = changed(found, time, `${time.slice(0, 8)}3133${time.slice(12)}`);
        const { certificates, problems } = readCertificates(odd.toString(), {
            at: "it",
            expected: "x",
            secret: "",
        });
        assert.deepEqual(certificates, []);
        assert.match(problems.join(), /^it: block 1 is no X\.509 certificate;/);
    });
});
