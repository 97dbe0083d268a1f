import type { X509Certificate } from "node:crypto";
import { extensionOf, values } from "./der";

/** Algorithms that Go takes no signature of: MD2, MD5 and SHA-1 with RSA, SHA-1 with DSA and with ECDSA. */
const WEAK = [
    "2a864886f70d010102",
    "2a864886f70d010104",
    "2a864886f70d010105",
    "2a8648ce380403",
    "2a8648ce3d0401",
];
const BASIC_CONSTRAINTS = Buffer.from([0x55, 0x1d, 0x13]);
const INTEGER = 0x02;

/** True for a certificate whose signature Go does not take, whoever made it. Node and OpenSSL verify it all the same. */
export function isWeaklySigned({ raw }: X509Certificate): boolean {
    const [certificate] = values(raw);
    const [, algorithm] = values(certificate?.value);
    const [oid] = values(algorithm?.value);
    return oid !== undefined && WEAK.includes(oid.value.toString("hex"));
}

/** How many CAs may stand between a CA and what is served; undefined where it does not say. */
export function pathLengthOf(ca: X509Certificate): number | undefined {
    const [inside] = values(extensionOf(ca, BASIC_CONSTRAINTS)?.at(-1)?.value);
    const length = values(inside?.value).find(({ tag }) => tag === INTEGER);
    return length === undefined || length.value.length > 4
        ? undefined
        : length.value.readUIntBE(0, length.value.length);
}
