import { createPrivateKey, type KeyObject } from "node:crypto";
import { utils } from "ssh2";

/**
 * A private key in a form that ssh2 reads. `remote.Command` also takes PEM of PKCS#8 (BEGIN PRIVATE KEY), which ssh2 does not.
 * Undefined for what neither reads, or for a passphrase that does not open it.
 */
export function readableKey(text: string, passphrase: string | undefined): string | undefined {
    const plain = `${text.replace(/\r\n/g, "\n").trim()}\n`;
    return isReadable(plain, passphrase) ? plain : converted(plain, passphrase);
}

function isReadable(text: string, passphrase?: string): boolean {
    return !(utils.parseKey(text, passphrase) instanceof Error);
}

function converted(text: string, passphrase: string | undefined): string | undefined {
    try {
        const key = createPrivateKey({
            key: text,
            ...(passphrase !== undefined && { passphrase }),
        });
        const other = exported(key);
        return other !== undefined && isReadable(other) ? other : undefined;
    } catch {
        return undefined;
    }
}

function exported(key: KeyObject): string | undefined {
    switch (key.asymmetricKeyType) {
        case "rsa":
            return key.export({ type: "pkcs1", format: "pem" }).toString();
        case "ec":
            return key.export({ type: "sec1", format: "pem" }).toString();
        case "ed25519":
            return openSshEd25519(key);
        default:
            return undefined;
    }
}

/** The only form of an Ed25519 key that ssh2 reads is OpenSSH's own, see PROTOCOL.key in its sources. */
function openSshEd25519(key: KeyObject): string {
    const { x = "", d = "" } = key.export({ format: "jwk" });
    const [open, seed] = [Buffer.from(x, "base64url"), Buffer.from(d, "base64url")];
    const type = field(Buffer.from("ssh-ed25519"));
    const none = field(Buffer.from("none"));
    // Twice the same number, which may be any, and nothing as the comment.
    const secret = [
        Buffer.alloc(8),
        type,
        field(open),
        field(Buffer.concat([seed, open])),
        number(0),
    ];
    const length = secret.reduce((sum, part) => sum + part.length, 0);
    const padding = Buffer.from(Array.from({ length: (8 - (length % 8)) % 8 }, (_, i) => i + 1));
    const blob = Buffer.concat([
        Buffer.from("openssh-key-v1\0"),
        none,
        none,
        number(0),
        number(1),
        field(Buffer.concat([type, field(open)])),
        field(Buffer.concat([...secret, padding])),
    ]);
    const lines = blob.toString("base64").match(/.{1,70}/g) ?? [];
    return [
        "-----BEGIN OPENSSH PRIVATE KEY-----",
        ...lines,
        "-----END OPENSSH PRIVATE KEY-----",
        "",
    ].join("\n");
}

function field(bytes: Buffer): Buffer {
    return Buffer.concat([number(bytes.length), bytes]);
}

function number(value: number): Buffer {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(value);
    return bytes;
}
