import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
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
        "an options field": `restrict ${HOST_KEYS.cp1}`,
        "several options": `no-pty,from="10.0.0.1" ${HOST_KEYS.cp1}`,
        "a host and no key": "10.0.0.11 ssh-ed25519",
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

/** What `ssh-keygen -H` made of 10.0.0.11 in a known_hosts file. */
const KEYGEN_HASHED = "|1|3kzEPCDlDNggZCR3Pmsvhh4XUaE=|vIL8IsdpRcigQXQj+fYqTxqa9UM=";

/** A hashed name, as `ssh-keygen -H` writes it. */
function hashed(name: string): string {
    const salt = Buffer.alloc(20, 7);
    const hash = createHmac("sha1", salt).update(name).digest("base64");
    return `|1|${salt.toString("base64")}|${hash}`;
}

describe("a host key with its host in front, as in known_hosts and from ssh-keyscan", () => {
    const KEY = HOST_KEYS.cp1;
    const of = (hosts: string, host = "10.0.0.11", port?: number): string | undefined =>
        hostKeyProblem(`${hosts} ${KEY}`, host, port);

    const own: [string, string, number?][] = [
        ["10.0.0.11", "10.0.0.11"],
        ["10.0.0.11", "10.0.0.11", 22],
        ["[10.0.0.11]:2222", "10.0.0.11", 2222],
        ["cp1,10.0.0.11", "10.0.0.11", 22],
        ["CP1.Example.org", "cp1.example.ORG", 22],
        ["ssh-gateway", "ssh-gateway", 22],
        ["fd00::11", "FD00:0::11", 22],
        ["[fd00::11]:2222", "fd00::11", 2222],
        ["*.example.org", "cp1.example.org", 22],
        ["10.0.0.?1", "10.0.0.11", 22],
        ["!cp2.example.org,*.example.org", "cp1.example.org", 22],
        [hashed("10.0.0.11"), "10.0.0.11", 22],
        [hashed("[10.0.0.11]:2222"), "10.0.0.11", 2222],
        [hashed("cp1.example.org"), "CP1.example.org", 22],
    ];
    for (const [hosts, host, port] of own) {
        it(`is taken for ${host} port ${port ?? "that is not known yet"} (${hosts.slice(0, 30)})`, () => {
            assert.equal(of(hosts, host, port), undefined);
        });
    }

    it("is taken as ssh-keygen -H writes it", () => {
        assert.equal(hostKeyProblem(`${KEYGEN_HASHED} ${KEY}`, "10.0.0.11", 22), undefined);
        assert.match(hostKeyProblem(`${KEYGEN_HASHED} ${KEY}`, "10.0.0.12", 22) ?? "", /hashed/);
    });

    const others: [string, string, number, string][] = [
        ["10.0.0.12", "10.0.0.11", 22, 'is the key of "10.0.0.12"; expected one of "10.0.0.11"'],
        [
            "[10.0.0.11]:22",
            "10.0.0.11",
            2222,
            'is the key of "[10.0.0.11]:22"; expected one of "10.0.0.11" port 2222',
        ],
        ["w1,w2", "cp1", 22, 'is the key of "w1,w2"; expected one of "cp1"'],
        ["10.0.0.1", "10.0.0.11", 22, 'is the key of "10.0.0.1"; expected one of "10.0.0.11"'],
        [
            "!cp1.example.org,*.example.org",
            "cp1.example.org",
            22,
            'is the key of "!cp1.example.org,*.example.org"; expected one of "cp1.example.org"',
        ],
        [
            hashed("10.0.0.12"),
            "10.0.0.11",
            22,
            'is the key of another host, whose name is hashed; expected one of "10.0.0.11"',
        ],
        [
            hashed("[10.0.0.11]:2222"),
            "10.0.0.11",
            22,
            'is the key of another host, whose name is hashed; expected one of "10.0.0.11"',
        ],
        ["|2|AAAA|AAAA", "cp1", 22, "is the key of another host, whose name is hashed;"],
    ];
    for (const [hosts, host, port, problem] of others) {
        it(`is refused for ${host} port ${port} (${hosts.slice(0, 30)}), and both are named`, () => {
            const found = of(hosts, host, port) ?? "";
            assert.ok(found.startsWith(problem), found);
            assert.ok(found.endsWith(GET.replace("10.0.0.11", host)), found);
        });
    }

    it("is not compared while the host is not known, and without the port while that is not", () => {
        assert.equal(hostKeyProblem(`10.0.0.12 ${KEY}`, undefined), undefined);
        assert.equal(of("[10.0.0.11]:2222", "10.0.0.11"), undefined);
        assert.equal(of(hashed("[10.0.0.11]:2222"), "10.0.0.11"), undefined);
        assert.match(of("[10.0.0.12]:2222", "10.0.0.11") ?? "", /^is the key of/);
    });

    it("is refused with a marker, and the marker is named", () => {
        assert.match(
            of("@cert-authority *.example.org") ?? "",
            /^is a known_hosts line with @cert-authority; @pulumi\/command cannot verify host certificates; expected the host's own key; get it with:/,
        );
        assert.match(
            of("@revoked 10.0.0.11") ?? "",
            /^is a known_hosts line with @revoked; this key must not be trusted;/,
        );
    });

    it("is handed to the provider without the host", () => {
        for (const hosts of ["10.0.0.11", "[cp1]:2222,cp1", hashed("cp1")]) {
            assert.equal(canonicalHostKey(`${hosts}  ${KEY} root@cp1\n`), KEY);
        }
    });
});
