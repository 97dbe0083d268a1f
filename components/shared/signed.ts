import type { X509Certificate } from "node:crypto";
import { extensionOf, values, type Der } from "./der";

/** Signatures that Go takes: RSA and ECDSA with SHA-256, SHA-384 and SHA-512, and Ed25519. */
const TAKEN = [
    "2a864886f70d01010b",
    "2a864886f70d01010c",
    "2a864886f70d01010d",
    "2a8648ce3d040302",
    "2a8648ce3d040303",
    "2a8648ce3d040304",
    "2b6570",
];
/** RSA-PSS says its hash in its parameters: the first field of them, [0]. */
const PSS = "2a864886f70d01010a";
const HASHES = ["608648016503040201", "608648016503040202", "608648016503040203"];
const HASH = 0xa0;
/** The curves that Go's TLS serves with. */
const CURVES = ["prime256v1", "secp384r1", "secp521r1"];
const BASIC_CONSTRAINTS = Buffer.from([0x55, 0x1d, 0x13]);
const INTEGER = 0x02;

/** True for a certificate with a signature that Go takes. Node and OpenSSL verify others, too. */
export function isSignedForGo({ raw }: X509Certificate): boolean {
    const [certificate] = values(raw);
    const [, algorithm] = values(certificate?.value);
    const [oid, parameters] = values(algorithm?.value);
    const name = hex(oid);
    return TAKEN.includes(name) || (name === PSS && HASHES.includes(hashOf(parameters)));
}

/** Without a word about it, it would be SHA-1. */
function hashOf(parameters: Der | undefined): string {
    const field = values(parameters?.value).find(({ tag }) => tag === HASH);
    const [algorithm] = values(field?.value);
    const [oid] = values(algorithm?.value);
    return hex(oid);
}

function hex(value: Der | undefined): string {
    return value?.value.toString("hex") ?? "";
}

/** True for a public key that Go's TLS serves with, and verifies with. */
export function hasKeyForGo({ publicKey }: X509Certificate): boolean {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = publicKey;
    return (
        type === "ed25519" ||
        (type === "rsa" && (details?.modulusLength ?? 0) >= 2048) ||
        (type === "ec" && CURVES.includes(details?.namedCurve ?? ""))
    );
}

/** How many CAs may stand between a CA and what is served; undefined where it does not say. */
export function pathLengthOf(ca: X509Certificate): number | undefined {
    const [inside] = values(extensionOf(ca, BASIC_CONSTRAINTS)?.at(-1)?.value);
    const length = values(inside?.value).find(({ tag }) => tag === INTEGER);
    if (length === undefined) {
        return undefined;
    }
    const bytes = length.value.length;
    // What is no such number permits nothing.
    return bytes === 0 || bytes > 4 ? 0 : length.value.readUIntBE(0, bytes);
}
