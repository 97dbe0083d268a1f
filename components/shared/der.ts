import type { X509Certificate } from "node:crypto";

/** One value of DER: its tag, and the bytes inside. */
export interface Der {
    tag: number;
    value: Buffer;
}

const EXTENSIONS = 0xa3;
/** The tag of what cannot be read to its end. */
export const BROKEN = -1;
const NOTHING: Der = { tag: BROKEN, value: Buffer.alloc(0) };

/** The values that stand one after the other in a DER text. OpenSSL does not look into extensions: what is broken there ends the list, as one. */
export function values(bytes: Buffer = Buffer.alloc(0)): Der[] {
    const found: Der[] = [];
    let at = 0;
    while (at + 1 < bytes.length) {
        const tag = bytes[at] ?? 0;
        const first = bytes[at + 1] ?? 0;
        const more = first < 0x80 ? 0 : first & 0x7f;
        if (more > 4 || at + 2 + more > bytes.length) return [...found, NOTHING];
        const length = more === 0 ? first : bytes.readUIntBE(at + 2, more);
        const begin = at + 2 + more;
        if (begin + length > bytes.length) return [...found, NOTHING];
        found.push({ tag, value: bytes.subarray(begin, begin + length) });
        at = begin + length;
    }
    return at === bytes.length ? found : [...found, NOTHING];
}

/** What stands behind the OID of an extension: whether it is critical, where that is said, and its content; undefined where it is not there. */
export function extensionOf({ raw }: X509Certificate, oid: Buffer): Der[] | undefined {
    const [certificate] = values(raw);
    const [body] = values(certificate?.value);
    const list = values(body?.value).find(({ tag }) => tag === EXTENSIONS);
    const [extensions] = values(list?.value);
    for (const { value } of values(extensions?.value)) {
        const [name, ...rest] = values(value);
        if (name?.value.equals(oid) === true) {
            return rest;
        }
    }
    return undefined;
}
