import { generateKeyPairSync, sign } from "node:crypto";
import { bits, tlv } from "./der";
import { P256, requestPem, signatureAlgorithm, type RequestParts } from "./request";
import { themed, type Draft, type HostileRequest, type World } from "./world";

/** Keys and signatures of another kind, malformed, or by somebody else. */
export function hostileSignatures(world: World): HostileRequest[] {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const p384 = generateKeyPairSync("ec", { namedCurve: "P-384" });
    const ed25519 = generateKeyPairSync("ed25519");
    const stranger = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const draft = (id: string, parts: Partial<RequestParts>): Draft => ({
        id,
        pem: requestPem(world.own, parts),
    });
    const altered = (change: (signature: Buffer) => Buffer): Partial<RequestParts> => ({
        signature: (info, key) => bits(change(sign("sha256", info, key.privateKey))),
    });
    return themed("signature", [
        draft("RSA key", {
            key: rsa,
            algorithm: signatureAlgorithm("1.2.840.113549.1.1.11", tlv(5, Buffer.alloc(0))),
        }),
        draft("P-384 key", { key: p384 }),
        draft("P-384 key, SHA-384", {
            key: p384,
            hash: "sha384",
            algorithm: signatureAlgorithm("1.2.840.10045.4.3.3"),
        }),
        draft("Ed25519 key", {
            key: ed25519,
            hash: null,
            algorithm: signatureAlgorithm("1.3.101.112"),
        }),
        draft("SHA-384", { hash: "sha384", algorithm: signatureAlgorithm("1.2.840.10045.4.3.3") }),
        draft("SHA-512", { hash: "sha512", algorithm: signatureAlgorithm("1.2.840.10045.4.3.4") }),
        draft("SHA-1", { hash: "sha1", algorithm: signatureAlgorithm("1.2.840.10045.4.1") }),
        draft("algorithm with NULL", {
            algorithm: signatureAlgorithm("1.2.840.10045.4.3.2", tlv(5, Buffer.alloc(0))),
        }),
        forged(
            draft("signed by another key", {
                publicKey: stranger.publicKey.export({ type: "spki", format: "der" }),
            }),
        ),
        forged(draft("point that is not on the curve", { publicKey: offTheCurve() })),
        forged(
            draft(
                "flipped bit",
                altered((signature) => flipped(signature, signature.length - 1)),
            ),
        ),
        draft(
            "bytes behind the signature",
            altered((signature) => Buffer.concat([signature, Buffer.from([0])])),
        ),
        draft(
            "empty signature",
            altered(() => Buffer.alloc(0)),
        ),
        draft("padded number", altered(paddedNumber)),
        draft("unused bits", {
            signature: (info, key) => bits(sign("sha256", info, key.privateKey), 1),
        }),
        draft("bytes behind the bit string", {
            signature: (info) =>
                Buffer.concat([bits(sign("sha256", info, P256.privateKey)), Buffer.from([5, 0])]),
        }),
    ]);
}

function forged(draft: Draft): Draft {
    return { ...draft, forged: true };
}

/** The key with another y. */
function offTheCurve(): Buffer {
    const key = P256.publicKey.export({ type: "spki", format: "der" });
    return flipped(key, key.length - 1);
}

function flipped(signature: Buffer, index: number): Buffer {
    const copy = Buffer.from(signature);
    copy[index] = (copy[index] ?? 0) ^ 1;
    return copy;
}

/** The first number with one zero byte too many. */
function paddedNumber(signature: Buffer): Buffer {
    const size = signature[3] ?? 0;
    const first = Buffer.concat([Buffer.alloc(1), signature.subarray(4, 4 + size)]);
    return tlv(0x30, Buffer.concat([tlv(0x02, first), signature.subarray(4 + size)]));
}

const SERVING = ["digital signature", "server auth"];

/** Perfect requests in objects that ask for more, or that hide in their names. */
export function hostileSpecs(world: World): HostileRequest[] {
    const good = requestPem(world.own);
    const draft = (id: string, spec: Omit<Draft, "id" | "pem">): Draft => ({
        id,
        pem: good,
        ...spec,
    });
    return themed("spec", [
        draft("ten years", { expirationSeconds: 315_360_000 }),
        draft("ten minutes", { expirationSeconds: 600 }),
        draft("lifetime of -1", { expirationSeconds: -1 }),
        draft("client auth as well", { usages: [...SERVING, "client auth"] }),
        draft("client auth instead", { usages: ["digital signature", "client auth"] }),
        draft("key encipherment as well", {
            usages: ["digital signature", "key encipherment", "server auth"],
        }),
        draft("server auth only", { usages: ["server auth"] }),
        draft("any usage", { usages: ["any"] }),
        draft("certificate signing as well", { usages: [...SERVING, "cert sign"] }),
        draft("usage twice", { usages: [...SERVING, "server auth"] }),
        draft("signer for API clients", {
            signerName: "kubernetes.io/kube-apiserver-client",
            usages: ["client auth"],
        }),
        draft("signer for kubelet clients", {
            signerName: "kubernetes.io/kube-apiserver-client-kubelet",
            usages: ["digital signature", "client auth"],
        }),
        draft("signer of that name elsewhere", { signerName: "example.com/kubelet-serving" }),
        draft("object name with a tab", { objectName: "csr-a\tapprove" }),
        draft("object name with a newline", { objectName: "csr-a\napprove\tcsr-b" }),
        draft("object name with a quote", { objectName: 'csr-a"' }),
        draft("object name with a template", { objectName: "{{.}}" }),
        draft("object name with shell syntax", { objectName: "$(id)" }),
        draft("object name with a path", { objectName: "../nodes/w1" }),
        draft("object name with a query", { objectName: "csr-a?dryRun=All" }),
        draft("object name with a percent", { objectName: "csr-%2e%2e" }),
        draft("object name in upper case", { objectName: "CSR-A" }),
        draft("object name with two dots", { objectName: "csr..a" }),
        draft("object name with an escape sequence", { objectName: "csr-\u001b[2J" }),
    ]);
}
