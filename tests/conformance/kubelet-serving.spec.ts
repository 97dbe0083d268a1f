import assert from "node:assert/strict";
import * as fc from "fast-check";
import { ApproverFixture, dialects } from "../cluster/csr/approverFixture";
import { fleet } from "../cluster/csr/fleet";
import { hostileRequests } from "../cluster/csr/hostile";
import { pendingRequest, type PendingRequest } from "../cluster/csr/listing";
import { requestPem } from "../cluster/csr/request";
import { NODES, pendingHostile, sceneOf, WORLD } from "../cluster/csr/scene";
import { goVersion } from "../cluster/harness/host/goVersion";
import { KUBERNETES, KUBERNETES_MINORS, NEWEST_KUBERNETES } from "../cluster/harness/versions";
import { skipIfLacking } from "../support/skip";
import { looser, stoppedBefore, stricter, summary, type Judged } from "./support/compare";
import { Kubernetes } from "./support/kubernetes";

/** The oldest and the newest that the tests' clusters run. */
const MINORS = [KUBERNETES_MINORS.at(-1) ?? NEWEST_KUBERNETES, NEWEST_KUBERNETES];

const [dialect] = dialects();

/**
 * What the approver says against each request of w1; empty where it would approve it. Of several that are right it approves the
 * newest, and one whose name it would not show as it is has a run of its own.
 */
function refusalsOf(fixture: ApproverFixture, requests: PendingRequest[]): string[] {
    const plain = requests.filter(({ name }) => /^csr-[0-9]+$/.test(name));
    const together = new Map(
        verdictsOn(fixture, plain).map((line) => [line.split(" ", 1)[0] ?? "", reasonIn(line)]),
    );
    return requests.map((request) => {
        if (!plain.includes(request)) return verdictsOn(fixture, [request]).map(reasonIn).join();
        return together.get(request.name) ?? assert.fail(request.name);
    });
}

function verdictsOn(fixture: ApproverFixture, requests: PendingRequest[]): string[] {
    fixture.set({ requests });
    const { lines } = fixture.run("check");
    assert.equal(lines.length, requests.length, lines.join("\n"));
    return lines;
}

function reasonIn(line: string): string {
    const [, approved, reason] =
        /( would be approved: | stays pending: a newer one comes first$)| stays pending: (.+)$/.exec(
            line,
        ) ?? [];
    assert.ok(approved !== undefined || reason !== undefined, line);
    return reason ?? "";
}

describe("the approver beside Kubernetes' own checks of kubelet-serving requests", function () {
    this.timeout(45 * 60_000);
    const suite = hostileRequests(WORLD);
    const requests = suite.map(pendingHostile);
    let fixture: ApproverFixture;
    let refusals: string[];

    before(function () {
        skipIfLacking(this, [
            ...(goVersion() === undefined ? ["`go` is not on PATH"] : []),
            ...(dialect === undefined ? ["no shell and awk that the approver knows"] : []),
        ]);
        fixture = new ApproverFixture(dialect ?? assert.fail());
        fixture.set(sceneOf(NODES));
        refusals = refusalsOf(fixture, requests);
    });

    after(() => {
        (fixture as ApproverFixture | undefined)?.remove();
    });

    for (const { version } of MINORS.map((minor) => KUBERNETES[minor])) {
        describe(`of version ${version}`, () => {
            let kubernetes: Kubernetes;
            let judged: Judged[];

            before(async () => {
                kubernetes = await Kubernetes.build(version);
                const verdicts = kubernetes.judge(requests);
                judged = suite.map((request, index) => ({
                    request,
                    approver: refusals[index] ?? assert.fail(),
                    ...(verdicts[index] ?? assert.fail()),
                }));
            });

            after(() => {
                (kubernetes as Kubernetes | undefined)?.remove();
            });

            it("approves no hostile request that the signer would refuse", () => {
                assert.deepEqual(looser(judged), []);
                console.log(summary(judged));
            });

            it("leaves to the API server only what a check of the key and the signature tells", () => {
                const forged = suite.filter((request) => request.forged);
                assert.ok(forged.length > 0);
                const stopped = stoppedBefore(judged);
                assert.deepEqual(
                    stopped.map(({ request }) => request.id),
                    forged.map(({ id }) => id),
                );
                for (const { request, apiServer } of stopped) {
                    assert.match(
                        apiServer,
                        /: spec\.request: (x509: ECDSA verification failure|P256 point not on curve)$/,
                        request.id,
                    );
                }
            });

            it("would show an approver that approves everything", () => {
                const careless = judged.map((one) => ({ ...one, approver: "" }));
                const themes = new Set(looser(careless).map(({ request }) => request.theme));
                assert.deepEqual([...themes].sort(), ["encoding", "names", "spec", "subject"]);
            });

            it("would sign names that are not the node's, if the approver let them pass", () => {
                const theirs = stricter(judged).map(({ request }) => request.id);
                for (const name of ["kubernetes.default.svc", "localhost", "*"]) {
                    assert.ok(theirs.includes(`also the name ${name}`), name);
                }
            });

            it("approves what Kubernetes accepts, for every kubelet of random fleets", () => {
                fc.assert(
                    fc.property(fleet, (nodes) => {
                        const requests = nodes.map((names, index) =>
                            pendingRequest(names.node, requestPem(names), index),
                        );
                        fixture.set(sceneOf(nodes));
                        const lines = verdictsOn(fixture, requests);
                        assert.ok(lines.every((line) => line.includes(" would be approved: ")));
                        const right = nodes.map(() => ({ apiServer: "", signer: "" }));
                        assert.deepEqual(kubernetes.judge(requests), right);
                    }),
                    { numRuns: 20 },
                );
            });
        });
    }
});
