import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { STATE_DIRECTORY } from "../paths";
import { run } from "../run";

/** An SSH key pair. */
export interface KeyPair {
    /** The OpenSSH private key file. */
    privateKey: string;
    /** As authorized_keys has it, without a comment. */
    publicKey: string;
}

/** Makes an ed25519 key pair. */
export async function makeKeyPair(): Promise<KeyPair> {
    const directory = mkdtempSync(join(STATE_DIRECTORY, "key-"));
    try {
        const file = join(directory, "key");
        await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "", "-f", file]);
        return {
            privateKey: readFileSync(file, "utf8"),
            publicKey: readFileSync(`${file}.pub`, "utf8").trim(),
        };
    } finally {
        rmSync(directory, { recursive: true });
    }
}
