import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { certificate, clusterCa, otherCa, type Pair } from "./support/certificates";
import { onControlPlane, type FakeControlPlane } from "./support/controlPlane";
import { describeInShells, describeInTurn, type Cases } from "./support/parallel";
import {
    certificateRequest,
    selfSignedCa,
    withBadSignature,
    type Requested,
} from "./support/requests";
import { resultOf, type Run } from "./support/shells";

const NAME = "metrics-server.kube-system.svc";
const NAMES = [NAME, "metrics-server", "metrics-server.kube-system", `${NAME}.cluster.local`];
const CA = "/etc/kubernetes/pki/ca.crt";
const KEY = "/etc/kubernetes/pki/ca.key";
const DAY = 86_400_000;

const asked = certificateRequest({ subject: `/CN=${NAME}` });
/** What somebody would ask for who wants more than metrics. */
const hostile = certificateRequest({
    subject: "/O=system:masters/CN=kubernetes-admin/emailAddress=a@b.example",
    extensions: [
        "basicConstraints=critical,CA:TRUE",
        "keyUsage=critical,keyCertSign,cRLSign,digitalSignature",
        "extendedKeyUsage=serverAuth,clientAuth",
        "subjectAltName=DNS:kubernetes.default.svc,IP:10.96.0.1,email:a@b.example",
        "1.2.3.4=ASN1:UTF8String:anything",
    ],
});

const inDays = (days: number): string =>
    new Date(Date.now() + days * DAY).toISOString().replace(/\.\d+Z$/, "Z");

const sha256 = (pem: string): string =>
    createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");

/** A control plane as kubeadm leaves it, which is asked to sign. */
function prepared(node: FakeControlPlane, ca: Pair = clusterCa(), { request }: Requested = asked) {
    node.write(CA.slice(1), ca.certificate);
    node.write(KEY.slice(1), ca.key);
    node.header = {
        REQUEST: request.trimEnd(),
        NAMES: NAMES.join(" "),
        NOT_AFTER: inDays(100),
        CLUSTER_CA_SHA256: `${"0".repeat(64)} ${sha256(ca.certificate)}`,
    };
}

const onPrepared = (body: (node: FakeControlPlane) => Promise<void>): Cases[string] =>
    onControlPlane(async (node) => {
        prepared(node);
        await body(node);
        assert.deepEqual(node.calls, []);
    });

/** The keys on the node are nowhere in what a script says. */
function keepsKeys(node: FakeControlPlane, { output }: Run): void {
    const path = join(node.root, KEY);
    let key = "";
    try {
        key = readFileSync(path, "utf8");
    } catch {
        return;
    }
    for (const line of key.split("\n").filter((each) => /^[A-Za-z0-9+/=]{20,}$/.test(each))) {
        assert.ok(!output.includes(line), output);
    }
}

/** It signed: the certificate, and the CAs that it gave with it. */
async function signed(node: FakeControlPlane): Promise<{ leaf: X509Certificate; ca: string }> {
    const before = readdirSync(join(node.root, "etc/kubernetes/pki"));
    const run = await node.run("sign");
    assert.equal(run.code, 0, run.output);
    keepsKeys(node, run);
    assert.deepEqual(readdirSync(join(node.root, "etc/kubernetes/pki")), before);
    const { certificate: pem, ca } = resultOf(run) as { certificate: string; ca: string };
    assert.equal(pem.match(/BEGIN/g)?.length, 1);
    return { leaf: new X509Certificate(pem), ca };
}

/** Everything that is in a certificate is what the script wants there. */
function isOurs(leaf: X509Certificate, ca: string, { key }: Requested): void {
    assert.equal(leaf.subject, `CN=${NAME}`);
    assert.equal(leaf.subjectAltName, NAMES.map((name) => `DNS:${name}`).join(", "));
    assert.equal(leaf.ca, false);
    assert.deepEqual(leaf.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
    assert.ok(leaf.publicKey.equals(createPublicKey(createPrivateKey(key))));
    assert.ok(leaf.verify(new X509Certificate(ca).publicKey));
    assert.ok(leaf.checkIssued(new X509Certificate(ca)));
    const text = execFileSync("openssl", ["x509", "-noout", "-text"], {
        input: leaf.toString(),
        encoding: "utf8",
    });
    const extensions = [
        ...text.matchAll(/^ {12}(X509v3 [^:\n]+|\d+(?:\.\d+)+): ?(critical)?/gm),
    ].map(([, name = "", critical]) => (critical === undefined ? name : `${name} ${critical}`));
    assert.deepEqual(extensions, [
        "X509v3 Basic Constraints critical",
        "X509v3 Key Usage critical",
        "X509v3 Extended Key Usage",
        "X509v3 Subject Key Identifier",
        "X509v3 Authority Key Identifier",
        "X509v3 Subject Alternative Name",
    ]);
    assert.match(text, /Key Usage: critical\n +Digital Signature\n/);
}

/** It refused by name, nothing was signed, and what `ready` says is the same. */
function refuses(
    code: number,
    says: RegExp,
    arrange: (node: FakeControlPlane) => void,
): Cases[string] {
    return onPrepared(async (node) => {
        arrange(node);
        const run = await node.run("sign");
        assert.equal(run.code, code, run.output);
        keepsKeys(node, run);
        const last = run.output.trimEnd().split("\n").at(-1) ?? "";
        assert.match(last, /^cp1: error: .*; expected .*; next: ./);
        assert.match(last, says);
        assert.ok(!run.output.includes("BEGIN"), run.output);
        const look = await node.run("ready", "cluster-ca");
        assert.equal(look.code, 0, look.output);
        keepsKeys(node, look);
        assert.deepEqual(resultOf(look)["problems"], [last.replace("cp1: error: ", "")]);
    });
}

const encrypted = (type: "pkcs8" | "sec1"): string =>
    createPrivateKey(clusterCa().key)
        .export({ type, format: "pem", cipher: "aes-256-cbc", passphrase: "a-secret" })
        .toString();

describeInShells("cluster-ca.sh sign", {
    "signs for the names, the use and the time that it is told, and says which CA it was":
        onPrepared(async (node) => {
            const { leaf, ca } = await signed(node);
            assert.equal(ca, clusterCa().certificate);
            isOurs(leaf, ca, asked);
            assert.equal(
                new Date(leaf.validTo).toISOString(),
                node.header["NOT_AFTER"]?.replace("Z", ".000Z"),
            );
            const age = Date.now() - Date.parse(leaf.validFrom);
            assert.ok(age >= 300_000 && age < 400_000, String(age));
        }),
    "takes nothing but the public key from a request that asks for a CA, an administrator and other names":
        onPrepared(async (node) => {
            prepared(node, clusterCa(), hostile);
            const { leaf, ca } = await signed(node);
            isOurs(leaf, ca, hostile);
        }),
    "refuses a request that is not signed with its own key": refuses(
        65,
        /the certificate request is not signed with the key that it is for;/,
        (node) => (node.header["REQUEST"] = withBadSignature(asked.request)),
    ),
    "refuses when the CA's key is not there, as with an external CA": refuses(
        71,
        /\/etc\/kubernetes\/pki\/ca\.key is not there \(is the CA an external one\?\); .*next: set servingCertificate\.source to givenCa or given/,
        (node) => {
            node.remove(KEY);
        },
    ),
    "refuses a key that is another's": refuses(
        71,
        /ca\.key is not the key of the first certificate in \/etc\/kubernetes\/pki\/ca\.crt;/,
        (node) => {
            node.write(KEY, otherCa().key);
        },
    ),
    "refuses when the CA ends before the certificate": refuses(
        71,
        /ca\.crt ends on \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ, before the certificate that it is to sign \(.*next: set servingCertificate\.validityHours to less/,
        (node) => (node.header["NOT_AFTER"] = inDays(301)),
    ),
    "refuses an encrypted key, and asks for no passphrase": refuses(
        71,
        /ca\.key is encrypted;/,
        (node) => {
            node.write(KEY, encrypted("pkcs8"));
        },
    ),
});

describeInTurn("cluster-ca.sh sign", {
    "refuses a key that is encrypted in the old way": refuses(
        71,
        /ca\.key is encrypted;/,
        (node) => {
            node.write(KEY, encrypted("sec1"));
        },
    ),
    "refuses a key that is none, and shows nothing of it": refuses(
        71,
        /ca\.key cannot be read as a private key;/,
        (node) => {
            node.write(KEY, "a-secret, and no key\n");
        },
    ),
    "refuses an empty key": refuses(71, /ca\.key is not there/, (node) => {
        node.write(KEY, "");
    }),
    "refuses when there is no CA certificate": refuses(
        71,
        /ca\.crt has no certificate; .*or choose another servingCertificate\.source$/,
        (node) => {
            node.remove(CA);
        },
    ),
    "refuses a CA that has ended": refuses(71, /ca\.crt ended on \d{4}-/, (node) => {
        prepared(node, certificate({ subject: "/CN=kubernetes", ca: true, from: -9, until: -2 }));
    }),
    "refuses a CA that is not the one that the cluster publishes": refuses(
        71,
        /the first certificate in \S+ca\.crt has SHA-256 [0-9a-f]{64}, and the ConfigMap kube-system\/kube-root-ca\.crt has [0-9a-f]{64};/,
        (node) => (node.header["CLUSTER_CA_SHA256"] = sha256(otherCa().certificate)),
    ),
    "refuses what is no request": refuses(
        65,
        /the certificate request cannot be read;/,
        (node) => (node.header["REQUEST"] = "none"),
    ),
    "refuses names that would be another line of a configuration": refuses(
        64,
        /NAMES is "a,IP:10\.96\.0\.1"; expected DNS names/,
        (node) => (node.header["NAMES"] = "a,IP:10.96.0.1"),
    ),
    "refuses an end that is no time": refuses(
        64,
        /NOT_AFTER is "tomorrow"; expected a time/,
        (node) => (node.header["NOT_AFTER"] = "tomorrow"),
    ),
    "refuses what a CA with name constraints signs, because the API server would": onPrepared(
        async (node) => {
            const extensions = ["nameConstraints=critical,permitted;DNS:company.example"];
            prepared(node, certificate({ subject: "/CN=kubernetes", ca: true, extensions }));
            const { code, output } = await node.run("sign");
            assert.equal(code, 67, output);
            assert.match(
                output,
                /error: what \S+ca\.crt signed does not verify for metrics-server\.kube-system\.svc; .*look for name constraints/,
            );
            assert.match(output, /^cp1: {3}\| .*permitted subtree violation/m);
        },
    ),
    "refuses what a certificate signs that is no CA": onPrepared(async (node) => {
        prepared(node, certificate({ subject: "/CN=kubernetes" }));
        const { code, output } = await node.run("sign");
        assert.ok(code === 67 || code === 71, output);
        assert.ok(!output.includes("BEGIN"), output);
    }),
    "signs with a key of another kind: RSA, as kubeadm makes it": onPrepared(async (node) => {
        const ca = selfSignedCa("rsa:2048");
        prepared(node, ca);
        isOurs((await signed(node)).leaf, ca.certificate, asked);
    }),
    "signs with a key of another kind: Ed25519": onPrepared(async (node) => {
        const ca = selfSignedCa("ed25519");
        prepared(node, ca);
        isOurs((await signed(node)).leaf, ca.certificate, asked);
    }),
    "gives every certificate another serial number, of which nobody can say the next": onPrepared(
        async (node) => {
            const serials = [await signed(node), await signed(node)].map(({ leaf }) =>
                BigInt(`0x${leaf.serialNumber}`),
            );
            const [one = 0n, other = 0n] = serials;
            assert.ok(one !== other && one > 2n ** 100n && other > 2n ** 100n, serials.join());
        },
    ),
    "gives all CA certificates of the file and nothing else of it: in a change of the CA both are trusted":
        onPrepared(async (node) => {
            const [ca, next] = [clusterCa(), otherCa()];
            node.write(CA, `a comment\n${ca.certificate}${ca.key}${next.certificate}`);
            const { leaf, ca: given } = await signed(node);
            assert.equal(given, ca.certificate + next.certificate);
            isOurs(leaf, ca.certificate, asked);
        }),
    "does not compare with what the cluster publishes where nobody says it": onPrepared(
        async (node) => {
            delete node.header["CLUSTER_CA_SHA256"];
            await signed(node);
        },
    ),
    "signs with the files that the controller manager signs with": onPrepared(async (node) => {
        const ca = otherCa();
        node.write("etc/own/ca.crt", ca.certificate);
        node.write("etc/own/ca.key", ca.key);
        node.header["CLUSTER_CA_SHA256"] = sha256(ca.certificate);
        node.write(
            "etc/kubernetes/manifests/kube-controller-manager.yaml",
            "    - --cluster-signing-kubelet-serving-cert-file=/etc/other.crt\n    - --cluster-signing-cert-file=/etc/own/ca.crt\n    - --cluster-signing-key-file=/etc/own/ca.key\n",
        );
        isOurs((await signed(node)).leaf, ca.certificate, asked);
    }),
    "takes kubeadm's files where the controller manager has none, as with an external CA":
        onPrepared(async (node) => {
            node.write(
                "etc/kubernetes/manifests/kube-controller-manager.yaml",
                '    - --cluster-signing-cert-file=""\n    - --cluster-signing-key-file=\n',
            );
            await signed(node);
        }),
    "says what openssl said when it does not sign": onPrepared(async (node) => {
        const openssl = "/usr/bin/openssl";
        node.tool(
            "openssl",
            `[ "$1" != ca ] || { echo 'no <{%x%}> today'; exit 1; }\nexec ${openssl} "$@"`,
        );
        const { code, output } = await node.run("sign");
        assert.equal(code, 71, output);
        assert.match(output, /^cp1: {3}\| no <\{ %x% \}> today$/m);
        assert.match(output, /error: openssl ca does not sign; expected .*; next: /);
    }),
    "refuses a certificate for another key, whoever made it": onPrepared(async (node) => {
        const other = certificate({
            subject: `/CN=${NAME}`,
            names: `DNS:${NAME}`,
            issuer: clusterCa(),
        });
        node.write("test-answers/other.pem", other.certificate);
        node.tool(
            "openssl",
            `[ "$1" != ca ] || { while [ "$1" != -out ]; do shift; done; cp '${node.root}/test-answers/other.pem' "$2"; exit 0; }\nexec /usr/bin/openssl "$@"`,
        );
        const { code, output } = await node.run("sign");
        assert.equal(code, 67, output);
        assert.match(output, /error: the certificate is for another key than the request;/);
    }),
    "finds nothing in `ready` where it would sign": onPrepared(async (node) => {
        const run = await node.run("ready", "cluster-ca");
        assert.equal(run.code, 0, run.output);
        assert.deepEqual(resultOf(run)["problems"], []);
    }),
    "says in `ready` all that is wrong at once": onPrepared(async (node) => {
        node.remove(KEY);
        node.header["REQUEST"] = "none";
        const run = await node.run("ready", "cluster-ca");
        assert.equal((resultOf(run)["problems"] as string[]).length, 2, run.output);
    }),
    "knows no other verb": onPrepared(async (node) => {
        const { code, output } = await node.run("preflight", "cluster-ca");
        assert.equal(code, 64);
        assert.match(output, /^cp1: error: unknown verb 'preflight'; expected sign or ready;/);
    }),
});
