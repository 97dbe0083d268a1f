import { createHash } from "node:crypto";
import { isLineOf } from "./knownHosts";

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
    /** The wire encoding in base64, as it was given. */
    encoded: string;
    blob: Buffer;
    /** What stands in front of the key in a line of known_hosts: names, patterns, or one hashed name. */
    hosts?: string;
}

/**
 * Reads one line with a public key: of authorized_keys (`ssh-ed25519 AAAA… comment`), or of known_hosts and ssh-keyscan
 * (`10.0.0.11 ssh-ed25519 AAAA…`). Undefined when it is none.
 */
export function parseHostKey(line: string): HostKey | undefined {
    if (/[\r\n]/.test(line.trim())) {
        return undefined;
    }
    const [first = "", ...rest] = line.trim().split(/[ \t]+/);
    const key = keyIn([first, ...rest]);
    if (key !== undefined || isOption(first)) {
        return key;
    }
    const behind = keyIn(rest);
    return behind && { ...behind, hosts: first };
}

/** Reads algorithm, key and comment. A comment with another key in it is a second line that lost its line break. */
function keyIn([algorithm, encoded, ...comment]: string[]): HostKey | undefined {
    const second = comment.some((word) => /^(ssh-(rsa|ed25519)|ecdsa-sha2-nistp\d+)$/.test(word));
    if (second || algorithm === undefined || encoded === undefined) {
        return undefined;
    }
    if (!/^[A-Za-z0-9+/]+={0,2}$/.test(encoded)) {
        return undefined;
    }
    const blob = Buffer.from(encoded, "base64");
    const fields = wireFields(blob);
    return fields !== undefined && isKeyOf(algorithm, fields)
        ? { algorithm, encoded, blob }
        : undefined;
}

/** True for what authorized_keys has in front of a key, such as `restrict` or `from="10.0.0.1"`. No host is called so. */
function isOption(word: string): boolean {
    return (
        (/[="]/.test(word) && !word.startsWith("|1|")) ||
        /^((no-)?(agent-forwarding|port-forwarding|pty|user-rc|X11-forwarding)|restrict|cert-authority)(,|$)/i.test(
            word,
        )
    );
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

/**
 * What is wrong with a host key, in words that say what to do, or undefined. A line that names its host has to name this
 * one. Host and port are undefined while they are not known.
 */
export function hostKeyProblem(
    line: string | undefined,
    host: string | undefined,
    port?: number,
): string | undefined {
    const get = `get it with: ssh-keyscan -t ed25519 ${host ?? "<host>"}, compare it on the node's console with: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`;
    if (line === undefined || line.trim() === "") {
        return `is missing; without it any host that answers would be trusted; ${get}`;
    }
    const marker = /^\s*@(cert-authority|revoked)\s/.exec(line)?.[1];
    if (marker !== undefined) {
        const reason =
            marker === "revoked"
                ? "this key must not be trusted"
                : "@pulumi/command cannot verify host certificates";
        return `is a known_hosts line with @${marker}; ${reason}; expected the host's own key; ${get}`;
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
    return host === undefined || isLineOf(key.hosts, host, port)
        ? undefined
        : `is the key of ${named(key.hosts)}; expected one of "${host}"${port === undefined || port === 22 ? "" : ` port ${port}`}; ${get}`;
}

function named(hosts = ""): string {
    return hosts.startsWith("|") ? "another host, whose name is hashed" : `"${hosts}"`;
}

/** The fingerprint as `ssh-keygen -l` prints it. */
export function fingerprint(blob: Buffer): string {
    return `SHA256:${createHash("sha256").update(blob).digest("base64").replace(/=+$/, "")}`;
}

/** The key as the provider wants it: algorithm and key, without hosts, comment or surrounding space. */
export function canonicalHostKey(line: string): string {
    const key = parseHostKey(line);
    return key === undefined ? line.trim() : `${key.algorithm} ${key.encoded}`;
}
