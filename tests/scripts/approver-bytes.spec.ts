import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { ApproverFixture, dialects } from "../cluster/csr/approverFixture";
import { fleet } from "../cluster/csr/fleet";
import { hostileRequests } from "../cluster/csr/hostile";
import { pendingRequest } from "../cluster/csr/listing";
import { pem, requestDer, requestPem } from "../cluster/csr/request";
import { NODES, pendingHostile, sceneOf, WORLD } from "../cluster/csr/scene";

for (const dialect of dialects()) {
    describe(`approver.sh, byte for byte (${dialect.name})`, () => {
        let fixture: ApproverFixture;
        beforeEach(() => {
            fixture = new ApproverFixture(dialect);
            fixture.set(sceneOf(NODES));
        });
        afterEach(() => {
            fixture.remove();
        });

        it("refuses each request of the hostile suite, and the good one passes among them", () => {
            const suite = hostileRequests(WORLD);
            const requests = suite.map(pendingHostile);
            const good = pendingRequest("w1", requestPem(WORLD.own), 500);
            fixture.set({ requests: [...requests, good] });
            const { lines } = fixture.run("check");
            const passed = lines.filter((line) => line.includes("would be approved"));
            assert.deepEqual(passed, [
                "csr-00500 of w1 would be approved: w1 10.0.0.11 2001:db8::11",
            ]);
            assert.equal(lines.length, suite.length + 1);
            assert.ok(
                lines.every((line) => /^[ -~]{1,400}$/.test(line)),
                "a line holds control characters",
            );
            const forged = requests.filter((_, index) => suite[index]?.forged === true);
            assert.deepEqual(
                lines.filter((line) => line.includes("a newer one comes first")).sort(),
                forged.map(({ name }) => `${name} of w1 stays pending: a newer one comes first`),
            );
        }).timeout(180_000);

        it("refuses every flipped bit outside the point and the two numbers of the signature", () => {
            const der = requestDer(WORLD.own);
            const point = der.indexOf(Buffer.from("03420004", "hex")) + 4;
            const numbers = der.indexOf(Buffer.from("06082a8648ce3d040302", "hex")) + 10;
            const first = numbers + 7;
            const second = first + (der[first - 1] ?? 0) + 2;
            const free = (index: number): boolean =>
                (index >= point && index < point + 64) ||
                (index >= first && index < second - 2) ||
                index >= second;
            const flips = Array.from(der.keys()).filter((index) => !free(index));
            const requests = flips.flatMap((index) =>
                Array.from({ length: 8 }, (_, bit) => {
                    const copy = Buffer.from(der);
                    copy[index] = (copy[index] ?? 0) ^ (1 << bit);
                    return pendingRequest("w1", pem(copy), 8 * index + bit);
                }),
            );
            fixture.set({ requests });
            const { lines } = fixture.run("check");
            assert.equal(lines.length, flips.length * 8);
            assert.deepEqual(
                lines.filter((line) => !line.includes(" stays pending: it")),
                [],
            );
        }).timeout(180_000);

        it("refuses every character that is changed, added or removed in the PEM text", () => {
            const block = requestPem(WORLD.own).toString();
            const changed = Array.from(block, (char, index) => [
                block.slice(0, index) + block.slice(index + 1),
                `${block.slice(0, index)}${char}${block.slice(index)}`,
                `${block.slice(0, index)}\n${block.slice(index)}`,
            ]);
            const requests = changed
                .flat()
                .map((text, index) => pendingRequest("w1", Buffer.from(text), index));
            fixture.set({ requests });
            const passed = fixture.run("check").lines.filter((line) => line.includes("approved"));
            assert.deepEqual(passed, []);
        }).timeout(180_000);

        it("approves every good request of random inventories", () => {
            fc.assert(
                fc.property(fleet, (nodes) => {
                    const requests = nodes.map((names, index) =>
                        pendingRequest(names.node, requestPem(names), index),
                    );
                    fixture.set({ ...sceneOf(nodes), requests });
                    const { lines } = fixture.run("check");
                    assert.deepEqual(
                        lines.filter((line) => !line.includes("would be approved")),
                        [],
                    );
                    assert.equal(lines.length, nodes.length);
                }),
                { numRuns: 40 },
            );
        }).timeout(180_000);

        it("approves what OpenSSL makes with the same names", () => {
            const config = join(fixture.root, "openssl.cnf");
            const subject =
                "[req]\ndistinguished_name=dn\nstring_mask=default\nprompt=no\nreq_extensions=v3\n";
            const names =
                "[dn]\nO=system:nodes\nCN=system:node:w1\n[v3]\nsubjectAltName=DNS:w1,IP:10.0.0.11,IP:2001:db8::11\n";
            writeFileSync(config, subject + names);
            const file = join(fixture.root, "request.pem");
            const key = [
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
                "-keyout",
                "/dev/null",
            ];
            execFileSync(
                "openssl",
                ["req", "-new", "-sha256", ...key, "-config", config, "-out", file],
                { stdio: "ignore" },
            );
            fixture.set({ requests: [pendingRequest("w1", readFileSync(file), 1)] });
            assert.deepEqual(fixture.run("check").lines, [
                "csr-00001 of w1 would be approved: w1 10.0.0.11 2001:db8::11",
            ]);
        });

        it("finds the good request among 2000 rogue ones", () => {
            const rogue = requestPem({ ...WORLD.own, ips: ["10.0.0.11", "2001:db8::ff"] });
            const flood = Array.from({ length: 2000 }, (_, index) =>
                pendingRequest("w1", rogue, index),
            );
            fixture.set({
                requests: [...flood, pendingRequest("w1", requestPem(WORLD.own), 5000)],
            });
            const { lines } = fixture.run("run", "--idle", "0");
            assert.equal(lines.at(-1), "csr-05000 of w1 approved: w1 10.0.0.11 2001:db8::11");
        }).timeout(180_000);
    });
}
