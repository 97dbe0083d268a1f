import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { canonicalAddress } from "../../components/nodes/addresses";
import { isReservedIdentity } from "../../components/nodes/reserved";
import { approverFiles } from "../support/approverFiles";
import { groups, spell, spellings } from "./support/spellings";
import { dialects } from "../cluster/csr/approverFixture";

describe("isReservedIdentity", () => {
    for (const name of [
        "kubernetes",
        "kubernetes.default",
        "kubernetes.default.svc",
        "kubernetes.default.svc.cluster.local",
        "kubernetes.default.svc.my.domain",
        "metrics-server.kube-system.svc",
        "w1.cluster.local",
        "cluster.local",
        "localhost",
        "localhost.localdomain",
        "127.0.0.1",
        "127.8.9.10",
        "0.0.0.0",
        "169.254.169.254",
        "224.0.0.1",
        "239.1.1.1",
        "255.255.255.255",
        "::",
        "::1",
        "0:0:0:0:0:0:0:1",
        "fe80::1",
        "FEBF::1",
        "ff02::1",
        "::ffff:127.0.0.1",
        "::ffff:169.254.0.1",
        "KUBERNETES",
        "LocalHost",
        "foo.localhost",
        "foo.localhost.localdomain",
        "kubernetes.example.com",
        "240.0.0.1",
        "::10.0.0.11",
    ]) {
        it(`holds ${name} back`, () => {
            assert.equal(isReservedIdentity(name), true);
        });
    }

    for (const name of [
        "w1",
        "kubernetes-1",
        "my-kubernetes.example.org",
        "svc.example.org",
        "localhost-1",
        "10.0.0.11",
        "192.168.1.1",
        "172.16.0.1",
        "100.64.0.1",
        "203.0.113.9",
        "fd00::1",
        "2001:db8::ff",
        "fc00::fe80",
    ]) {
        it(`lets ${name} be a node's`, () => {
            assert.equal(isReservedIdentity(name), false);
        });
    }

    it("does not depend on how an address is written", () => {
        fc.assert(
            fc.property(spellings, ([values, ...how]) => {
                assert.equal(
                    isReservedIdentity(spell(values, ...how)),
                    isReservedIdentity(values.map((value) => value.toString(16)).join(":")),
                );
            }),
        );
    });
});

/** Names and addresses near the edges of the list, and far from them. */
const part = fc.constantFrom(
    "kubernetes",
    "localhost",
    "localdomain",
    "svc",
    "cluster",
    "local",
    "w1",
    "a",
);
const name = fc
    .oneof(
        fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(".")),
        fc.domain(),
    )
    .map((text) => text.toLowerCase());
const first = fc.constantFrom(0, 10, 126, 127, 128, 168, 169, 170, 223, 224, 239, 240, 255);
const ipv4 = fc
    .tuple(
        fc.oneof(first, fc.nat(255)),
        fc.oneof(fc.constantFrom(253, 254, 255), fc.nat(255)),
        fc.nat(255),
        fc.nat(255),
    )
    .map((bytes) => bytes.join("."));
const edge = fc.constantFrom(
    "fe7f::1",
    "fe80::",
    "febf::1",
    "fec0::",
    "feff::1",
    "ff00::",
    "::1:0:0",
    "0:0:0:0:0:1::",
);
const ipv6 = fc.oneof(
    edge,
    groups.map((values) => values.map((value) => value.toString(16)).join(":")),
);
const identities = fc.array(fc.oneof(name, ipv4, ipv6.map(canonicalAddress)), {
    minLength: 50,
    maxLength: 200,
});

for (const dialect of dialects()) {
    describe(`the approver's list of reserved names and addresses (${dialect.name})`, () => {
        const folder = mkdtempSync(join(tmpdir(), "reserved-"));
        after(() => {
            rmSync(folder, { recursive: true });
        });

        /** What the awk that is installed on control planes says of each. */
        function inAwk(list: string[]): boolean[] {
            const { "request.awk": request = "", "reserved.awk": reserved = "" } = approverFiles();
            const ask = "{ print numeric($0) ? reserved_ip(ip_hex($0)) : reserved_name($0) }";
            writeFileSync(join(folder, "program"), [request, reserved, ask].join("\n"));
            const [command = "", ...words] = dialect.awk;
            const { stdout } = spawnSync(command, [...words, "-f", join(folder, "program")], {
                input: list.map((text) => `${text}\n`).join(""),
                encoding: "utf8",
                env: { ...process.env, LC_ALL: "C" },
            });
            return stdout
                .trim()
                .split("\n")
                .map((answer) => answer === "1");
        }

        it("is the same as the one that a program's arguments are checked against", () => {
            fc.assert(
                fc.property(identities, (list) => {
                    const ours = list.map(isReservedIdentity);
                    const differ = inAwk(list).map((answer, i) => answer !== ours[i]);
                    assert.deepEqual(
                        list.filter((_, i) => differ[i]),
                        [],
                    );
                }),
                { numRuns: 50 },
            );
        }).timeout(60_000);

        it("has what either of the two had alone", () => {
            const once = ["foo.localhost", "kubernetes.example.com", "240.0.0.1", "::10.0.0.11"];
            assert.deepEqual(once.map(isReservedIdentity), [true, true, true, true]);
            assert.deepEqual(inAwk(once.map(canonicalAddress)), [true, true, true, true]);
        });

        it("has IPv4-mapped addresses in the spelling that no Node shows", () => {
            assert.deepEqual(inAwk(["::ffff:a00:b"]), [true]);
        });
    });
}
