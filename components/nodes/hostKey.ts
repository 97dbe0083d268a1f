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
    const [algorithm, encoded, ...comment] = line.trim().split(/[ \t]+/);
    const second = comment.some((word) => /^(ssh-(rsa|ed25519)|ecdsa-sha2-nistp\d+)$/.test(word));
    if (second || /[\r\n]/.test(line.trim()) || algorithm === undefined || encoded === undefined) {
        return undefined;
    }
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) {
        return undefined;
    }
    const blob = Buffer.from(encoded, "base64");
    const fields = wireFields(blob);
    return fields !== undefined && isKeyOf(algorithm, fields) ? { algorithm, blob } : undefined;
}

/** The fields of a key's wire encoding, each behind its length; undefined when something is cut off or left over. */
function wireFields(blob: Buffer): Buffer[] | undefined {
    const fields: Buffer[] = [];
    let at = 0;
    while (at < blob.length) {
        const end = at + 4 <= blob.length ? at + 4 + blob.readUInt32BE(at) : Infinity;
        if (end > blob.length) {
            return undefined;
        }
        fields.push(blob.subarray(at + 4, end));
        at = end;
    }
    return fields;
}

/** Bytes of an uncompressed point on each curve. */
const POINTS: Record<string, number> = { nistp256: 65, nistp384: 97, nistp521: 133 };

/** True when the fields are a whole key of the algorithm. Of algorithms that are refused anyway, only the name counts. */
function isKeyOf(algorithm: string, [name, ...rest]: Buffer[]): boolean {
    if (name?.toString("latin1") !== algorithm || rest.length === 0) {
        return false;
    }
    if (algorithm === "ssh-ed25519") {
        return rest.length === 1 && rest[0]?.length === 32;
    }
    const curve = /^ecdsa-sha2-(nistp\d+)$/.exec(algorithm)?.[1];
    return (
        curve === undefined ||
        (rest.length === 2 &&
            rest[0]?.toString("latin1") === curve &&
            rest[1]?.length === POINTS[curve])
    );
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
