import assert from "node:assert/strict";
import { generateKeyPairSync, type KeyExportOptions, type KeyObject } from "node:crypto";
import ssh2 from "ssh2";
import { readableKey } from "../../components/ssh/privateKey";
import { withNode } from "../../components/ssh/sshClient";
import { connectionTo, keyPair, sshServer, type KeyPair } from "./support/sshServer";

const PASSPHRASE = "a passphrase";
const PKCS8 = { type: "pkcs8", format: "pem" } as const;
const SEALED = { ...PKCS8, cipher: "aes-256-cbc", passphrase: PASSPHRASE } as const;

const KEYS: Record<string, KeyObject> = {
    Ed25519: generateKeyPairSync("ed25519").privateKey,
    "ECDSA P-256": generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey,
    "ECDSA P-384": generateKeyPairSync("ec", { namedCurve: "P-384" }).privateKey,
    "ECDSA P-521": generateKeyPairSync("ec", { namedCurve: "P-521" }).privateKey,
    RSA: generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey,
};

function pem(key: KeyObject, options: KeyExportOptions<"pem">): string {
    return key.export(options).toString();
}

/** The line of authorized_keys, from what ssh2 makes of the converted key; the login itself shows that the pair is whole. */
function publicLine(privateKey: string): string {
    const parsed = ssh2.utils.parseKey(privateKey);
    if (parsed instanceof Error) throw parsed;
    return `${parsed.type} ${parsed.getPublicSSH().toString("base64")}`;
}

/** Logs in at a real SSH server that accepts this key alone. */
async function logsIn(privateKey: string, passphrase: string | undefined, accepted: string) {
    const clientKey: KeyPair = { private: "", public: accepted };
    const node = await sshServer({ clientKey });
    try {
        const to = connectionTo(node, node.hostKey.public, {
            privateKey,
            ...(passphrase !== undefined && { privateKeyPassword: passphrase }),
        });
        await withNode("w1", to, "ready", 5, () => undefined);
        assert.deepEqual(node.logins, ["user-marker"]);
    } finally {
        await node.close();
    }
}

describe("a private key", () => {
    for (const [kind, key] of Object.entries(KEYS)) {
        const accepted = (): string => publicLine(readableKey(pem(key, PKCS8), undefined) ?? "");

        it(`${kind} in PKCS#8 (BEGIN PRIVATE KEY) logs in`, async () => {
            await logsIn(pem(key, PKCS8), undefined, accepted());
        });

        it(`${kind} in PKCS#8 behind a passphrase logs in`, async () => {
            await logsIn(pem(key, SEALED), PASSPHRASE, accepted());
        });

        it(`${kind} in PKCS#8 has the public half that it had before`, () => {
            const { x = "", n = "" } = key.export({ format: "jwk" }) as { x?: string; n?: string };
            const blob = Buffer.from(accepted().split(" ")[1] ?? "", "base64");
            assert.ok(blob.includes(Buffer.from(x === "" ? n : x, "base64url")));
        });
    }

    it("in the older forms logs in as it is: PKCS#1 and SEC 1", async () => {
        for (const [kind, type] of [
            ["RSA", "pkcs1"],
            ["ECDSA P-256", "sec1"],
        ] as const) {
            const text = pem(KEYS[kind] as KeyObject, { type, format: "pem" });
            await logsIn(text, undefined, publicLine(text));
        }
    });

    it("of OpenSSH logs in, with a passphrase and without one", async () => {
        for (const passphrase of [undefined, PASSPHRASE]) {
            const pair = keyPair(passphrase);
            await logsIn(pair.private, passphrase, pair.public);
        }
    });

    it("may have been pasted: with line ends of Windows, and blank lines around it", async () => {
        const pair = keyPair();
        const pasted = `\r\n${pair.private.trim().replaceAll("\n", "\r\n")}\r\n\r\n`;
        await logsIn(pasted, undefined, pair.public);
    });

    it("that is none, or whose passphrase is another, is told after the host has proven its key, and never shown", async () => {
        const sealed = pem(KEYS["Ed25519"] as KeyObject, SEALED);
        const node = await sshServer();
        try {
            for (const [text, passphrase] of [
                ["no key at all", undefined],
                [sealed, undefined],
                [sealed, "another"],
                [keyPair(PASSPHRASE).private, "another"],
            ] as const) {
                const to = connectionTo(node, node.hostKey.public, {
                    privateKey: text,
                    ...(passphrase !== undefined && { privateKeyPassword: passphrase }),
                });
                await assert.rejects(
                    withNode("w1", to, "ready", 5, () => undefined),
                    {
                        message:
                            "node w1: the private key cannot be read; expected OpenSSH or PEM, and a passphrase that opens it; next: ssh-keygen -y -f KEY_FILE",
                    },
                );
                const other = { ...to, hostKey: keyPair().public };
                await assert.rejects(
                    withNode("w1", other, "ready", 5, () => undefined),
                    /node w1: the host key is /,
                );
            }
        } finally {
            await node.close();
        }
    });
});
