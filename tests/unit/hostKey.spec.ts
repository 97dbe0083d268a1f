import assert from "node:assert/strict";
import fc from "fast-check";
import {
    canonicalHostKey,
    fingerprint,
    hostKeyProblem,
    parseHostKey,
} from "../../components/nodes/hostKey";
import { CP1_FINGERPRINT, HOST_KEYS } from "./support/fixtures";

const GET =
    "get it with: ssh-keyscan -t ed25519 10.0.0.11, compare it on the node's console with: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub";
const NOT_A_KEY = `is not a public key; expected one authorized_keys line such as "ssh-ed25519 AAAA…"; ${GET}`;

function problemOf(line: string | undefined): string | undefined {
    return hostKeyProblem(line, "10.0.0.11");
}

/** A key in the wire format of SSH: each field with its length in front. */
function encode(...fields: (string | Buffer)[]): string {
    const parts = fields.map((field) => {
        const bytes = Buffer.from(field);
        const length = Buffer.alloc(4);
        length.writeUInt32BE(bytes.length);
        return Buffer.concat([length, bytes]);
    });
    return Buffer.concat(parts).toString("base64");
}

describe("hostKeyProblem", () => {
    for (const name of ["cp1", "p256", "p384", "p521"] as const) {
        it(`takes the key ${HOST_KEYS[name].slice(0, 22)}… as ssh-keygen writes it`, () => {
            assert.equal(problemOf(HOST_KEYS[name]), undefined);
        });
    }

    for (const comment of ["root@w1", "my node", "root@ssh-gateway", "ssh-host key of 2026"]) {
        it(`takes a key with the comment "${comment}"`, () => {
            assert.equal(problemOf(`  ${HOST_KEYS.cp1}\t${comment} \n`), undefined);
        });
    }

    for (const line of [undefined, "", "  \n"]) {
        it(`says how to get the key that is missing (${JSON.stringify(line)})`, () => {
            assert.equal(
                problemOf(line),
                `is missing; without it any host that answers would be trusted; ${GET}`,
            );
        });
    }

    it("refuses an RSA key and says why", () => {
        assert.equal(
            problemOf(HOST_KEYS.rsa),
            `is an RSA key; @pulumi/command can verify RSA host keys with SHA-1 only, which sshd refuses; ${GET}`,
        );
    });

    for (const algorithm of ["ssh-dss", "sk-ssh-ed25519@openssh.com", "ssh-ed448"]) {
        it(`refuses the algorithm ${algorithm} and names those that work`, () => {
            assert.equal(
                problemOf(`${algorithm} ${encode(algorithm, "x".repeat(57))}`),
                `has the algorithm ${algorithm}; expected one of ssh-ed25519, ecdsa-sha2-nistp256, ecdsa-sha2-nistp384, ecdsa-sha2-nistp521; ${GET}`,
            );
        });
    }

    const [, key = ""] = HOST_KEYS.cp1.split(" ");
    const malformed: Record<string, string> = {
        "the key without its algorithm": key,
        "the algorithm without its key": "ssh-ed25519",
        "a known_hosts line": `10.0.0.11 ${HOST_KEYS.cp1}`,
        "an options field": `restrict ${HOST_KEYS.cp1}`,
        "another algorithm's name": `ecdsa-sha2-nistp256 ${key}`,
        "two lines": `${HOST_KEYS.cp1}\n${HOST_KEYS.cp2}`,
        "two keys on a line": `${HOST_KEYS.cp1} ${HOST_KEYS.cp2}`,
        "a fingerprint": CP1_FINGERPRINT,
        "a private key":
            "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----",
        "a key that was cut off": HOST_KEYS.cp1.slice(0, -8),
        "a key of which only the name is left": "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAA",
        "a key with something behind it": `${HOST_KEYS.cp1}AAAA`,
        "an ed25519 key of 31 bytes": `ssh-ed25519 ${encode("ssh-ed25519", Buffer.alloc(31, 7))}`,
        "an ECDSA key that names another curve": `ecdsa-sha2-nistp256 ${encode("ecdsa-sha2-nistp256", "nistp384", Buffer.alloc(65, 4))}`,
        "an ECDSA key without its point": `ecdsa-sha2-nistp256 ${encode("ecdsa-sha2-nistp256", "nistp256")}`,
        "a letter that is not base64": HOST_KEYS.cp1.replace("IOgh", "IO!h"),
        "an empty key": "ssh-ed25519 ====",
    };
    for (const [what, line] of Object.entries(malformed)) {
        it(`refuses ${what}`, () => {
            assert.equal(problemOf(line), NOT_A_KEY);
        });
    }

    it("names the host in the command that gets the key", () => {
        assert.match(hostKeyProblem("", "fd00::1") ?? "", /ssh-keyscan -t ed25519 fd00::1,/);
    });

    it("never throws and never quotes what it was given, which may be a private key", () => {
        fc.assert(
            fc.property(fc.string({ minLength: 12 }), (line) => {
                const problem = problemOf(line);
                assert.ok(problem !== undefined && !problem.includes(line));
            }),
        );
    });
});

describe("parseHostKey and fingerprint", () => {
    it("give the fingerprint that ssh-keygen prints", () => {
        assert.equal(
            fingerprint(parseHostKey(HOST_KEYS.cp1)?.blob ?? Buffer.alloc(0)),
            CP1_FINGERPRINT,
        );
    });

    it("take keys of all supported algorithms apart", () => {
        assert.equal(parseHostKey(HOST_KEYS.p521)?.algorithm, "ecdsa-sha2-nistp521");
        assert.equal(
            `ecdsa-sha2-nistp521 ${parseHostKey(HOST_KEYS.p521)?.blob.toString("base64") ?? ""}`,
            HOST_KEYS.p521,
        );
    });
});

describe("canonicalHostKey", () => {
    it("drops the comment and the space, so that they never show as a change", () => {
        assert.equal(canonicalHostKey(` ${HOST_KEYS.cp1}   root@cp1\n`), HOST_KEYS.cp1);
        assert.equal(canonicalHostKey(HOST_KEYS.cp1.replace(" ", "\t ")), HOST_KEYS.cp1);
    });
});
