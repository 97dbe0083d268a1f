import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash, createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { clusterCa, type Pair } from "./certificates";
import { onControlPlane, type FakeControlPlane } from "./controlPlane";
import { type Cases } from "./parallel";
import { certificateRequest, type Requested } from "./requests";
import { resultOf, type Run } from "./shells";

export const NAME = "metrics-server.kube-system.svc";
export const NAMES = [
    NAME,
    "metrics-server",
    "metrics-server.kube-system",
    `${NAME}.cluster.local`,
];
export const CA = "/etc/kubernetes/pki/ca.crt";
export const KEY = "/etc/kubernetes/pki/ca.key";
export const DAY = 86_400_000;

export const asked = certificateRequest({ subject: `/CN=${NAME}` });
/** What somebody would ask for who wants more than metrics. */
export const hostile = certificateRequest({
    subject: "/O=system:masters/CN=kubernetes-admin/emailAddress=a@b.example",
    extensions: [
        "basicConstraints=critical,CA:TRUE",
        "keyUsage=critical,keyCertSign,cRLSign,digitalSignature",
        "extendedKeyUsage=serverAuth,clientAuth",
        "subjectAltName=DNS:kubernetes.default.svc,IP:10.96.0.1,email:a@b.example",
        "1.2.3.4=ASN1:UTF8String:anything",
    ],
});

export const inDays = (days: number): string =>
    new Date(Date.now() + days * DAY).toISOString().replace(/\.\d+Z$/, "Z");

export const sha256 = (pem: string): string =>
    createHash("sha256").update(new X509Certificate(pem).raw).digest("hex");

/** A control plane as kubeadm leaves it, which is asked to sign. */
export function prepared(
    node: FakeControlPlane,
    ca: Pair = clusterCa(),
    { request }: Requested = asked,
) {
    node.write(CA.slice(1), ca.certificate);
    node.write(KEY.slice(1), ca.key);
    node.header = {
        REQUEST: request.trimEnd(),
        NAMES: NAMES.join(" "),
        NOT_AFTER: inDays(100),
        CLUSTER_CA_SHA256: `${"0".repeat(64)} ${sha256(ca.certificate)}`,
    };
}

export const onPrepared = (body: (node: FakeControlPlane) => Promise<void>): Cases[string] =>
    onControlPlane(async (node) => {
        prepared(node);
        await body(node);
        assert.deepEqual(node.calls, []);
    });

/** The keys on the node are nowhere in what a script says. */
export function keepsKeys(node: FakeControlPlane, { output }: Run): void {
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
export async function signed(
    node: FakeControlPlane,
): Promise<{ leaf: X509Certificate; ca: string }> {
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
export function isOurs(leaf: X509Certificate, ca: string, { key }: Requested): void {
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
export function refuses(
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

export const encrypted = (type: "pkcs8" | "sec1"): string =>
    createPrivateKey(clusterCa().key)
        .export({ type, format: "pem", cipher: "aes-256-cbc", passphrase: "a-secret" })
        .toString();
