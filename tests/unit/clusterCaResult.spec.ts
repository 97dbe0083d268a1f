import assert from "node:assert/strict";
import { signedProblems } from "../../components/serving-certificate/clusterCaResult";
import { certificate, clusterCa, otherCa, type Subject } from "../scripts/support/certificates";
import { endOf, publicKeyOf, signedByCluster } from "./support/providerStates";

const NAME = "metrics-server.kube-system.svc";
const NAMES = [NAME, "metrics-server", "metrics-server.kube-system", `${NAME}.cluster.local`];

describe("what a node says that the cluster's CA signed", () => {
    const good = { certificate: signedByCluster().certificate, ca: clusterCa().certificate };
    const asked = {
        node: "cp1",
        publicKey: publicKeyOf(signedByCluster().key),
        names: NAMES,
        notAfter: endOf(signedByCluster()),
        published: [clusterCa().certificate],
    };
    const names = NAMES.map((name) => `DNS:${name}`).join();

    /** A certificate that differs, and the problems with it for who expected it not to. */
    function problems(different: Partial<Subject>, expected: Partial<typeof asked> = {}): string[] {
        const pair = certificate({
            subject: `/CN=${NAME}`,
            names,
            issuer: clusterCa(),
            extensions: ["extendedKeyUsage=serverAuth"],
            ...different,
        });
        const own = { publicKey: publicKeyOf(pair.key), notAfter: endOf(pair), ...expected };
        return signedProblems({ certificate: pair.certificate, ca: good.ca }, { ...asked, ...own });
    }

    function one(found: string[], says: RegExp): void {
        assert.equal(found.length, 1, found.join("\n"));
        assert.match(found[0] ?? "", says);
        assert.match(found[0] ?? "", /; expected .*; next: /);
    }

    it("is taken when it is what was asked for", () => {
        assert.deepEqual(signedProblems(good, asked), []);
        assert.deepEqual(signedProblems(good, { ...asked, published: [] }), []);
        const local = asked.notAfter.replace("Z", "+00:00");
        assert.deepEqual(signedProblems(good, { ...asked, notAfter: local }), []);
    });

    it("is refused for another key, name, subject, use or end", () => {
        one(
            problems({}, { publicKey: publicKeyOf(otherCa().key) }),
            /^the certificate that node cp1 gave is for another key than the request's;/,
        );
        one(
            problems({ names: `DNS:${NAME},DNS:kubernetes.default.svc` }),
            /gave is for DNS:\S+, DNS:kubernetes\.default\.svc; expected .* and nothing else/,
        );
        one(
            problems({ names: `${names},IP:10.96.0.1` }),
            /IP Address:10\.96\.0\.1; expected .* and nothing else/,
        );
        one(
            problems({ names: "DNS:a.example" }),
            /expected one for metrics-server\.kube-system\.svc/,
        );
        one(
            problems({ subject: "/O=system:masters/CN=admin" }),
            /has the subject .*system:masters.*; expected CN=metrics-server\.kube-system\.svc/,
        );
        one(
            problems({ extensions: ["extendedKeyUsage=serverAuth,clientAuth"] }),
            /may be used for more than serving; expected serverAuth alone/,
        );
        one(problems({ extensions: [] }), /may be used for more than serving/);
        one(
            problems({ ca: true, extensions: ["extendedKeyUsage=serverAuth"] }),
            /is a CA certificate; expected CA:FALSE/,
        );
        one(problems({}, { notAfter: "2126-01-01T00:00:00Z" }), /ends on \S+Z; expected 2126-/);
        one(
            problems({ from: -9, until: -2 }),
            /that expired on \S+; expected one that is valid now/,
        );
    });

    it("is refused from another CA than the cluster's, and with one that did not sign", () => {
        one(
            problems({ issuer: otherCa() }),
            /^the CA that node cp1 gave has CN=kubernetes, and none of them signed/,
        );
        const [other, both] = [otherCa().certificate, otherCa().certificate + good.ca];
        one(
            signedProblems({ ...good, ca: both }, { ...asked, published: [] }),
            /gave begins with CN=another, and the certificate was issued by CN=kubernetes;/,
        );
        one(
            signedProblems(good, { ...asked, published: [other] }),
            /has SHA-256 [0-9a-f]{64}, and the cluster publishes [0-9a-f]{64}; expected it among them/,
        );
    });

    it("is refused when it is no certificate, several, or has a key, and nothing of it is shown", () => {
        const { key } = signedByCluster();
        for (const odd of ["", "none <{%x%}>\u001b[31m", key, good.certificate + key]) {
            const found = signedProblems({ ...good, certificate: odd }, asked);
            one(found, /^the certificate that node cp1 gave/);
            assert.doesNotMatch(found.join(), /<\{%|\u001b|MH/);
        }
        one(
            signedProblems({ ...good, certificate: good.certificate + good.ca }, asked),
            /has others behind it/,
        );
        one(
            signedProblems({ ...good, ca: good.certificate }, { ...asked, published: [] }),
            /^the CA that node cp1 gave begins with no CA certificate;/,
        );
    });
});
