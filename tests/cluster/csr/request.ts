import { generateKeyPairSync, sign, type KeyObject } from "node:crypto";
import { isIPv4 } from "node:net";
import { bits, integer, octets, oid, sequence, set, StringType, text, tlv } from "./der";

/** What the certificate of one kubelet carries. */
export interface KubeletNames {
    node: string;
    dns: string[];
    ips: string[];
}

/** The parts of a certificate request; each can be replaced by something that no kubelet would write. */
export interface RequestParts {
    version: Buffer;
    subject: Buffer;
    key: SigningKey;
    publicKey: Buffer;
    attributes: Buffer;
    algorithm: Buffer;
    hash: string | null;
    signature: (info: Buffer, key: SigningKey, hash: string | null) => Buffer;
}

export interface SigningKey {
    privateKey: KeyObject;
    publicKey: KeyObject;
}

export const OID = {
    commonName: "2.5.4.3",
    organization: "2.5.4.10",
    organizationalUnit: "2.5.4.11",
    extensionRequest: "1.2.840.113549.1.9.14",
    subjectAltName: "2.5.29.17",
    ecdsaSha256: "1.2.840.10045.4.3.2",
} as const;

/** Keys are slow to make and no check depends on them, so the good requests share one. */
export const P256 = generateKeyPairSync("ec", { namedCurve: "P-256" });

/** An attribute of a subject, in a SET of its own. */
export function rdn(type: string, value: string, encoding = StringType.Printable): Buffer {
    return set(attribute(type, value, encoding));
}

export function attribute(type: string, value: string, encoding = StringType.Printable): Buffer {
    return sequence(oid(type), text(encoding, value));
}

export function subjectOf(node: string, encoding = StringType.Printable): Buffer {
    return sequence(
        rdn(OID.organization, "system:nodes", encoding),
        rdn(OID.commonName, `system:node:${node}`, encoding),
    );
}

/** The GeneralNames of a subjectAltName: DNS names, then addresses, as Go orders them. */
export function generalNames(names: { dns: string[]; ips: string[] }): Buffer[] {
    return [...names.dns.map(dnsName), ...names.ips.map((ip) => tlv(0x87, addressBytes(ip)))];
}

export function dnsName(name: string): Buffer {
    return tlv(0x82, Buffer.from(name, "latin1"));
}

export function extension(type: string, value: Buffer, critical?: Buffer): Buffer {
    return sequence(oid(type), ...(critical ? [critical] : []), octets(value));
}

export function subjectAltName(names: Buffer[], critical?: Buffer): Buffer {
    return extension(OID.subjectAltName, sequence(...names), critical);
}

/** The attribute that carries the wished extensions. */
export function extensionRequest(...extensions: Buffer[]): Buffer {
    return sequence(oid(OID.extensionRequest), set(sequence(...extensions)));
}

export function attributes(...list: Buffer[]): Buffer {
    return tlv(0xa0, Buffer.concat(list));
}

export function signatureAlgorithm(type: string, ...parameters: Buffer[]): Buffer {
    return sequence(oid(type), ...parameters);
}

/** A request in DER: what the kubelet of `names` would send, but for the parts that are given. */
export function requestDer(names: KubeletNames, parts: Partial<RequestParts> = {}): Buffer {
    const key = parts.key ?? P256;
    const hash = parts.hash === undefined ? "sha256" : parts.hash;
    const info = sequence(
        parts.version ?? integer(0),
        parts.subject ?? subjectOf(names.node),
        parts.publicKey ?? key.publicKey.export({ type: "spki", format: "der" }),
        parts.attributes ??
            attributes(extensionRequest(subjectAltName(generalNames(sorted(names))))),
    );
    const signature = parts.signature ?? signed;
    return sequence(
        info,
        parts.algorithm ?? signatureAlgorithm(OID.ecdsaSha256),
        signature(info, key, hash),
    );
}

function signed(info: Buffer, key: SigningKey, hash: string | null): Buffer {
    return bits(sign(hash, info, key.privateKey));
}

/** Go's order: names and addresses by their text, byte by byte. */
function sorted(names: KubeletNames): KubeletNames {
    return { node: names.node, dns: [...names.dns].sort(), ips: [...names.ips].sort() };
}

export function requestPem(names: KubeletNames, parts: Partial<RequestParts> = {}): Buffer {
    return pem(requestDer(names, parts));
}

/** One block as Go's pem.Encode writes it. */
export function pem(
    der: Buffer,
    type = "CERTIFICATE REQUEST",
    columns = 64,
    newline = "\n",
): Buffer {
    const body = der.toString("base64").match(new RegExp(`.{1,${columns}}`, "g")) ?? [];
    const lines = [`-----BEGIN ${type}-----`, ...body, `-----END ${type}-----`, ""];
    return Buffer.from(lines.join(newline));
}

/** The 4 or 16 bytes of an address. */
export function addressBytes(address: string): Buffer {
    if (isIPv4(address)) {
        return Buffer.from(address.split(".").map(Number));
    }
    const [left = "", right] = address.split("::");
    const head = groups(left);
    const tail = groups(right ?? "");
    const gap = Array.from({ length: 8 - head.length - tail.length }, () => 0);
    const all = [...head, ...gap, ...tail];
    return Buffer.from(all.flatMap((group) => [group >> 8, group & 0xff]));
}

function groups(part: string): number[] {
    return part === "" ? [] : part.split(":").map((group) => parseInt(group, 16));
}
