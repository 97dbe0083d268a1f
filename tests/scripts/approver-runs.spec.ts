import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
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
const SCENE = {
    inventory: "w1 10.0.0.11\nw2 10.0.0.12\n",
    cluster: [serviceLine("10.96.0.1"), nodeLine("w1", nodeAddresses(W1))],
};

function good(
    names: KubeletNames,
    number: number,
    changes: Partial<PendingRequest> = {},
): PendingRequest {
    return pendingRequest(names.node, requestPem(names), number, changes);
}

for (const dialect of dialects()) {
    describe(`approver.sh, run after run (${dialect.name})`, () => {
        let fixture: ApproverFixture;
        beforeEach(() => {
            fixture = new ApproverFixture(dialect);
            fixture.set({ ...SCENE, requests: [] });
        });
        afterEach(() => {
            fixture.remove();
        });

        it("says a refusal once, also in later runs, and only the first of a flood", () => {
            const flood = Array.from({ length: 40 }, (_, index) =>
                good(W1, index, { expirationSeconds: 600 }),
            );
            fixture.set({ requests: flood });
            const first = fixture.run("run", "--expect", "2").lines;
            assert.equal(first.length, 11);
            assert.equal(first.at(-1), "30 more of w1 stay pending");
            assert.deepEqual(fixture.run("run").lines, []);
        });

        it("leaves a request that changed meanwhile", () => {
            fixture.set({ requests: [good(W1, 1)] });
            writeFileSync(join(fixture.fake, "conflict"), "");
            assert.deepEqual(fixture.run("run").lines, [
                "csr-00001 of w1 not approved, tried again in the next pass: " +
                    "Error from server (Conflict): the UID differs",
            ]);
        });

        it("reads only the newest of each node where somebody sent more than can be read", () => {
            const row = (name: string, age: string, user: string): string =>
                `${name} ${age} kubernetes.io/kubelet-serving ${user} <none> Pending`;
            const flood = ["9d", "2m3s", "10m", "59s", "3h20m", "2m", "61s"];
            const table = [
                ...flood.map((age) => row(`csr-${age}`, age, "system:node:w1")),
                row("csr-w2", "9d", "system:node:w2"),
                row("csr-stranger", "1s", "system:node:stranger"),
                row("csr-$(id)", "1s", "system:node:w1"),
                row("csr-approved", "1s", "system:node:w1").replace("Pending", "Approved,Issued"),
            ];
            writeFileSync(join(fixture.fake, "table"), table.map((text) => `${text}\n`).join(""));
            writeFileSync(join(fixture.fake, "slow"), "");
            fixture.set({ requests: [good(W1, 1)] });
            const { lines } = fixture.run("run", "--idle", "0");
            assert.deepEqual(lines, [
                "cannot read all pending requests (kubectl did not finish in time): judging only the newest of each node",
                "csr-00001 of w1 approved: w1 10.0.0.11",
            ]);
            const asked = /\/none\.none (.*?)-o /.exec(
                fixture.read("calls").replaceAll(/\S*k8s\.io\//g, "/"),
            );
            const names = (asked?.[1] ?? "").trim().split(" ").sort();
            const expected = ["59s", "61s", "2m", "2m3s", "10m"].map((age) => `/csr-${age}`);
            assert.deepEqual(names, [...expected, "/csr-w2"].sort());
            const first = fixture.read("calls").split("--chunk-size").length;
            fixture.run("run", "--idle", "0");
            assert.equal(
                fixture.read("calls").split("--chunk-size").length,
                first,
                "tried again at once",
            );
        });

        it("says in one line that the API server does not answer", () => {
            writeFileSync(join(fixture.fake, "broken"), "no\u001b[2J route\n");
            const { status, lines } = fixture.run("run", "--expect", "2");
            assert.equal(status, 1);
            assert.deepEqual(lines, ["error: cannot read from the API server: no[2J route"]);
        });

        it("keeps looking while a marker says that requests are expected", () => {
            fixture.run("run");
            const now = Math.floor(Date.now() / 1000);
            writeFileSync(join(fixture.root, "run/secure-metrics-server/expect"), `${now + 3}\n`);
            fixture.run("run");
            const passes = fixture.read("calls").trim().split("\n").length;
            assert.ok(passes >= 3 && passes <= 6, `${passes} passes`);
            writeFileSync(
                join(fixture.root, "run/secure-metrics-server/expect"),
                `${now + 999999}\n`,
            );
            assert.equal(fixture.run("run").status, 0);
        });

        it("does not let a node that asks again and again keep it running", () => {
            fixture.set({ requests: [good(W1, 1)] });
            // The fake never forgets a request: each pass approves it again.
            fixture.run("run", "--idle", "2", "--limit", "20");
            const first = fixture.read("calls").split(" replace ").length - 1;
            assert.ok(first >= 2 && first <= 5, `${first} approvals`);
            fixture.run("run", "--idle", "2", "--limit", "20");
            assert.equal(fixture.read("calls").split(" replace ").length - 1, first + 1);
        });

        it("ends with an error where an approval is refused, so that somebody notices", () => {
            fixture.set({ requests: [good(W1, 1)] });
            writeFileSync(join(fixture.fake, "forbidden"), "");
            const { status, lines } = fixture.run("run");
            assert.equal(status, 1);
            assert.match(lines.join("\n"), /not approved, .*Forbidden/);
        });

        it("survives an answer without an end, and judges the newest of each node", () => {
            writeFileSync(join(fixture.fake, "endless"), "");
            writeFileSync(
                join(fixture.fake, "table"),
                "csr-1 1s kubernetes.io/kubelet-serving system:node:w1 <none> Pending\n",
            );
            fixture.set({ requests: [good(W1, 1)] });
            const { lines } = fixture.run("run", "--idle", "0");
            // kubectl has 20 s, in which it could write as much as the disk holds.
            assert.match(
                lines[0] ?? "",
                /^cannot read all pending requests \(.*(?:too large|File size limit exceeded)/,
            );
            assert.equal(lines.at(-1), "csr-00001 of w1 approved: w1 10.0.0.11");
        }).timeout(40_000);
    });
}
