import { createHash } from "node:crypto";

/** Host key algorithms that Go's SSH client verifies with modern signatures. RSA is not among them, see hostKeyProblem. */
const SUPPORTED = new Set([
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
]);

/** An SSH public key: its algorithm and its wire encoding. */
export interface HostKey {
    algorithm: string;
    blob: Buffer;
}

/** Reads one authorized_keys line (`ssh-ed25519 AAAA… comment`). Undefined when it is not one. */
export function parseHostKey(line: string): HostKey | undefined {
    const [algorithm, encoded, ...rest] = line.trim().split(/[ \t]+/);
    if (/[\r\n]/.test(line.trim()) || algorithm === undefined || encoded === undefined) {
        return undefined;
    }
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded) || rest.join(" ").includes("ssh-")) {
        return undefined;
    }
    const blob = Buffer.from(encoded, "base64");
    return embeddedAlgorithm(blob) === algorithm ? { algorithm, blob } : undefined;
}

/** The algorithm's name as the key itself carries it: a length, then that many letters. */
function embeddedAlgorithm(blob: Buffer): string | undefined {
    if (blob.length < 4) {
        return undefined;
    }
    const length = blob.readUInt32BE(0);
    return blob.length > 4 + length ? blob.toString("latin1", 4, 4 + length) : undefined;
}

/** What is wrong with a host key, in words that say what to do, or undefined. */
export function hostKeyProblem(line: string | undefined, host: string): string | undefined {
    const get = `get it with: ssh-keyscan -t ed25519 ${host}, compare it on the node's console with: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`;
    if (line === undefined || line.trim() === "") {
        return `is missing; without it any host that answers would be trusted; ${get}`;
    }
    const key = parseHostKey(line);
    if (key === undefined) {
        return `is not a public key; expected one authorized_keys line such as "ssh-ed25519 AAAA…"; ${get}`;
    }
    if (key.algorithm === "ssh-rsa") {
        return `is an RSA key; @pulumi/command can verify RSA host keys with SHA-1 only, which sshd refuses; ${get}`;
    }
    if (!SUPPORTED.has(key.algorithm)) {
        return `has the algorithm ${key.algorithm}; expected one of ${[...SUPPORTED].join(", ")}; ${get}`;
    }
    return undefined;
}

/** The fingerprint as `ssh-keygen -l` prints it. */
export function fingerprint(blob: Buffer): string {
    return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** The line as the provider wants it: algorithm and key, without comment or surrounding space. */
export function canonicalHostKey(line: string): string {
    return line
        .trim()
        .split(/[ \t]+/)
        .slice(0, 2)
        .join(" ");
}
