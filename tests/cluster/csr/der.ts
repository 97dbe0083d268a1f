/** A DER builder that can also build what DER forbids: the hostile requests need exact control over every byte. */

/** How a length is written: as DER demands, or in a way that lenient parsers accept. */
export enum LengthForm {
    Minimal,
    /** One byte more than needed (`81 05`, `82 0080`). */
    Padded,
    /** BER's indefinite length, ended by two zero bytes. */
    Indefinite,
}

export function tlv(tag: number, content: Buffer, form = LengthForm.Minimal): Buffer {
    if (form === LengthForm.Indefinite) {
        return Buffer.concat([Buffer.from([tag, 0x80]), content, Buffer.from([0, 0])]);
    }
    return Buffer.concat([Buffer.from([tag, ...lengthBytes(content.length, form)]), content]);
}

function lengthBytes(length: number, form: LengthForm): number[] {
    const bytes: number[] = [];
    for (let rest = length; rest > 0; rest >>= 8) {
        bytes.unshift(rest & 0xff);
    }
    if (length < 128 && form === LengthForm.Minimal) {
        return [length];
    }
    if (form === LengthForm.Padded && length >= 128) {
        bytes.unshift(0);
    }
    return [0x80 | bytes.length, ...bytes];
}

export function sequence(...parts: Buffer[]): Buffer {
    return tlv(0x30, Buffer.concat(parts));
}

export function set(...parts: Buffer[]): Buffer {
    return tlv(0x31, Buffer.concat(parts));
}

export function octets(content: Buffer): Buffer {
    return tlv(0x04, content);
}

export function bits(content: Buffer, unused = 0): Buffer {
    return tlv(0x03, Buffer.concat([Buffer.from([unused]), content]));
}

export function integer(value: number): Buffer {
    return tlv(0x02, Buffer.from([value]));
}

export function boolean(value: boolean): Buffer {
    return tlv(0x01, Buffer.from([value ? 0xff : 0]));
}

export function oid(text: string): Buffer {
    const [first = 0, second = 0, ...others] = text.split(".").map(Number);
    return tlv(0x06, Buffer.from([40 * first + second, ...others.flatMap(base128)]));
}

function base128(value: number): number[] {
    const bytes = [value & 0x7f];
    for (let rest = value >> 7; rest > 0; rest >>= 7) {
        bytes.unshift(0x80 | (rest & 0x7f));
    }
    return bytes;
}

/** ASN.1 string types that a certificate's subject may use. */
export enum StringType {
    Utf8 = 0x0c,
    Printable = 0x13,
    Teletex = 0x14,
    Ia5 = 0x16,
    Bmp = 0x1e,
}

export function text(type: StringType, value: string): Buffer {
    return tlv(type, Buffer.from(value, "latin1"));
}
