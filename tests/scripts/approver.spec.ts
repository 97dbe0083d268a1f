import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ApproverFixture, dialects } from "../cluster/csr/approverFixture";
import {
    nodeAddresses,
    nodeLine,
    pendingRequest,
    serviceLine,
    type PendingRequest,
} from "../cluster/csr/listing";
import { requestPem, type KubeletNames } from "../cluster/csr/request";

const W1: KubeletNames = { node: "w1", dns: ["w1"], ips: ["10.0.0.11"] };
const W2: KubeletNames = {
    node: "w2",
    dns: ["w2", "w2.example.com", "ip-10-0-0-12.internal"],
    ips: ["10.0.0.12", "2001:db8::12", "192.0.2.12"],
};
const SERVICE = serviceLine("10.96.0.1", "fd00:10::1");
const INVENTORY = `${[W1, W2].map(line).join("\n")}\n`;
const CLUSTER = [SERVICE, ...[W1, W2].map((names) => nodeLine(names.node, nodeAddresses(names)))];

function line({ node, dns, ips }: KubeletNames): string {
    return [node, ...dns, ...ips].join(" ");
}

function good(
    names: KubeletNames,
    number: number,
    changes: Partial<PendingRequest> = {},
): PendingRequest {
    return pendingRequest(names.node, requestPem(names), number, changes);
}

for (const dialect of dialects()) {
    describe(`approver.sh (${dialect.name})`, () => {
        let fixture: ApproverFixture;
        beforeEach(() => {
            fixture = new ApproverFixture(dialect);
            fixture.set({ inventory: INVENTORY, cluster: CLUSTER, requests: [] });
        });
        afterEach(() => {
            fixture.remove();
        });

        it("approves what the kubelets would send, with uid and resourceVersion", () => {
            fixture.set({ requests: [good(W1, 1), good(W2, 2)] });
            const { status, lines, approved } = fixture.run("run", "--idle", "0");
            assert.equal(status, 0, lines.join("\n"));
            assert.deepEqual(lines.sort(), [
                "csr-00001 of w1 approved: w1 10.0.0.11",
                "csr-00002 of w2 approved: ip-10-0-0-12.internal w2 w2.example.com 10.0.0.12 192.0.2.12 2001:db8::12",
            ]);
            assert.match(
                approved,
                /"uid": "00000000-0000-0000-0000-000000000001", "resourceVersion": "1001"/,
            );
        });

        it("prints verdicts and approves nothing when it only checks", () => {
            fixture.set({ requests: [good(W1, 1)] });
            const { lines, approved } = fixture.run("check");
            assert.deepEqual(lines, ["csr-00001 of w1 would be approved: w1 10.0.0.11"]);
            assert.equal(approved, "");
        });

        it("approves only the newest of a node in one pass", () => {
            const at = (second: string): Partial<PendingRequest> => ({
                creationTimestamp: `2026-01-01T00:00:${second}Z`,
            });
            fixture.set({
                requests: [good(W1, 3, at("01")), good(W1, 1, at("09")), good(W1, 2, at("09"))],
            });
            assert.deepEqual(fixture.run("check").lines.sort(), [
                "csr-00001 of w1 stays pending: a newer one comes first",
                "csr-00002 of w1 would be approved: w1 10.0.0.11",
                "csr-00003 of w1 stays pending: a newer one comes first",
            ]);
        });

        const refusals: [string, Partial<PendingRequest>, string][] = [
            ["another signer", { signerName: "example.com/x" }, 'its signer is "example.com/x"'],
            [
                "one more group",
                { groups: ["system:nodes", "system:authenticated", "system:masters"] },
                "the groups of its sender are unusual",
            ],
            [
                "one group less",
                { groups: ["system:authenticated"] },
                "the groups of its sender are unusual",
            ],
            [
                "client auth",
                { usages: ["digital signature", "client auth"] },
                "it asks for other usages",
            ],
            [
                "three usages",
                { usages: ["digital signature", "key encipherment", "server auth"] },
                "it asks for other usages",
            ],
            ["a lifetime", { expirationSeconds: 600 }, "it asks for a lifetime"],
            ["an odd resourceVersion", { resourceVersion: "1;2" }, "its metadata are unusual"],
            ["an odd uid", { uid: '1","x":"' }, "its metadata are unusual"],
            ["too large a request", { pem: Buffer.alloc(9000, 65) }, "it has 9000 bytes"],
        ];
        for (const [what, changes, reason] of refusals) {
            it(`leaves a request with ${what} pending`, () => {
                fixture.set({ requests: [good(W1, 1, changes)] });
                const { lines, approved } = fixture.run("run");
                assert.deepEqual(lines, [`csr-00001 of w1 stays pending: ${reason}`]);
                assert.equal(approved, "");
            });
        }

        it("names who is not in the inventory, and fetches no Node for it", () => {
            const users = ["system:node:evil", "jane", "system:node:w1\t", "system:node:"];
            fixture.set({
                requests: users.map((username, index) => good(W1, index, { username })),
            });
            const { lines } = fixture.run("check");
            assert.deepEqual(lines, [
                "csr-00000 stays pending: its sender system:node:evil is not a node of the inventory",
                "csr-00001 stays pending: its sender jane is not a node of the inventory",
                'csr-00002 stays pending: its sender "system:node:w1\\t" is not a node of the inventory',
                "csr-00003 stays pending: its sender system:node: is not a node of the inventory",
            ]);
            assert.doesNotMatch(fixture.read("calls"), /service\/kubernetes/);
        });

        it("says what to do about an address that the inventory lacks", () => {
            const moved = { ...W1, ips: [...W1.ips, "10.9.9.9"] };
            fixture.set({
                cluster: [SERVICE, nodeLine("w1", nodeAddresses(moved))],
                requests: [good(moved, 1)],
            });
            assert.deepEqual(fixture.run("run").lines, [
                "csr-00001 of w1 stays pending: the Node has the InternalIP 10.9.9.9, which the inventory lacks; " +
                    "if that is right, add it to `addresses` of w1",
            ]);
        });

        const never = [
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc.cluster.local",
            "a.svc",
            "a.b.svc.example.com",
            "x.cluster.local",
            "localhost",
            "127.0.0.1",
            "0.0.0.0",
            "::1",
            "::",
            "169.254.1.1",
            "224.0.0.1",
            "fe80::1",
            "ff02::1",
            "::ffff:a00:b",
            "10.96.0.1",
            "fd00:10::1",
            "255.255.255.255",
        ];
        it("never lets a node have a name or address of the API server or the host", () => {
            for (const address of never) {
                const names = { ...W1, [/^[0-9.]+$|:/.test(address) ? "ips" : "dns"]: [address] };
                fixture.set({
                    inventory: `${line(names)}\n`,
                    cluster: [SERVICE, nodeLine("w1", nodeAddresses(names))],
                    requests: [good(names, 1)],
                });
                const { lines, approved } = fixture.run("run");
                assert.match(lines.join("\n"), /which is not for nodes$/, address);
                assert.equal(approved, "");
            }
        });

        it("decides nothing without the Service's address or the Node", () => {
            fixture.set({ requests: [good(W1, 1)], cluster: CLUSTER.slice(1) });
            assert.match(
                fixture.run("check").lines.join("\n"),
                /the address of the kubernetes Service is unknown$/,
            );
            fixture.set({ cluster: [SERVICE] });
            assert.match(fixture.run("check").lines.join("\n"), /there is no Node of that name$/);
        });

        it("accepts a node that is named by its address", () => {
            const names = { node: "10.0.0.11", dns: [], ips: ["10.0.0.11"] };
            const addresses = [
                { type: "Hostname", address: "10.0.0.11" },
                { type: "InternalIP", address: "10.0.0.11" },
            ];
            fixture.set({
                inventory: "10.0.0.11\n",
                cluster: [SERVICE, nodeLine(names.node, addresses)],
                requests: [good(names, 1)],
            });
            assert.deepEqual(fixture.run("check").lines, [
                "csr-00001 of 10.0.0.11 would be approved: 10.0.0.11",
            ]);
        });

        it("names malformed lines, skips them, and keeps the others", () => {
            const bad = [
                "w3 10.0.0.300",
                "w4 10.0.0.013",
                "W5 10.0.0.15",
                "w6 fd00:::1",
                "w7 1.2.3.4/8",
                "w8 *.example",
            ];
            fixture.set({ inventory: [...bad, line(W1)].join("\n"), requests: [good(W1, 1)] });
            const { lines } = fixture.run("check");
            assert.equal(lines.length, bad.length + 1);
            assert.match(
                lines[0] ?? "",
                /csr-inventory\.d\/project\.stack\.name: line 1 is malformed, skipped$/,
            );
            assert.match(lines.at(-1) ?? "", /^csr-00001 of w1 would be approved/);
        });

        it("unites the inventories of several stacks and ignores strange files", () => {
            const wide = { ...W1, ips: ["10.0.0.11", "10.0.0.111"] };
            writeFileSync(join(fixture.inventories, "other.stack"), "w1 10.0.0.111\n");
            writeFileSync(join(fixture.inventories, "Copy of it"), "w1 10.0.0.112\n");
            fixture.set({
                cluster: [SERVICE, nodeLine("w1", nodeAddresses(wide))],
                requests: [good(wide, 1)],
            });
            assert.match(fixture.run("check").lines.join("\n"), /would be approved/);
            const wider = { ...W1, ips: ["10.0.0.11", "10.0.0.112"] };
            fixture.set({
                cluster: [SERVICE, nodeLine("w1", nodeAddresses(wider))],
                requests: [good(wider, 1)],
            });
            assert.match(fixture.run("check").lines.join("\n"), /inventory lacks/);
        });

        it("is not fooled by lines of another shape", () => {
            fixture.set({ requests: ["R", 'R\t"a"\t"b"', "", "garbage", good(W1, 1)] });
            const { lines } = fixture.run("check");
            assert.equal(lines.filter((text) => text.includes("would be approved")).length, 1);
        });

        it("names what is missing", () => {
            assert.equal(fixture.run("approve").status, 64);
            assert.equal(fixture.run("run", "--expect", "soon").status, 64);
            assert.equal(fixture.run("run", "--kubeconfig", "/nowhere").status, 71);
            rmSync(join(fixture.inventories, "project.stack.name"));
            assert.equal(fixture.run("run").status, 65);
        });
    });
}
