import assert from "node:assert/strict";
import type { Cluster } from "../cluster/harness";
import { askForMetrics, type Requests } from "../support/metricsClient";
import { Autoscaler } from "./takeOver/autoscaler";
import {
    as064,
    as072,
    chart,
    install,
    kubespray,
    manifest,
    type Installation,
} from "./takeOver/installations";
import { engineKilled, TAKE_OVER } from "./support/disasters";
import { duringRun } from "./support/moments";
import { SourceLab } from "./support/sourceLab";
import { TestStack, type Run } from "./support/stack";
import { clusterOrSkip } from "./support/tier";

/** 5 Hz. */
const OFTEN = 200;
const KEPT = "/var/lib/secure-metrics-server/taken-over";
const API = "v1beta1.metrics.k8s.io";
const NAMES = ["-n", "kube-system", "-o", "name"];

describe("an installed metrics-server is taken over without a failed request, with the real engine", function () {
    let cluster: Cluster;
    let stack: TestStack;

    before(async function () {
        cluster = await clusterOrSkip(this);
    });

    beforeEach(async () => {
        stack = await TestStack.create(cluster, "take-over", { takeOver: true });
    });

    afterEach(async () => {
        if ((stack as TestStack | undefined) === undefined) return;
        stack.remove();
        await cluster.restore();
    });

    /** Runs `up` as whoever takes over does, with the provider's option in the environment. */
    async function up(watch?: Parameters<TestStack["up"]>[1]): Promise<Run> {
        const runs: Run[] = [];
        await stack.withEnvironment(TAKE_OVER, async () => {
            runs.push(await stack.up({}, watch));
        });
        return runs[0] ?? assert.fail();
    }

    /** Somebody who asks all the while: nothing failed. */
    async function underRequests(act: () => Promise<void>): Promise<Requests> {
        const stop = await askForMetrics(cluster, OFTEN);
        await act();
        const requests = stop();
        assert.deepEqual(requests.failures, []);
        assert.ok(requests.total > 100, `only ${requests.total} requests`);
        return requests;
    }

    async function jsonOf(kind: string, name: string): Promise<Record<string, unknown>> {
        const get = ["get", kind, name, "-n", "kube-system", "-o", "json"];
        return JSON.parse(await cluster.kubectl(get)) as Record<string, unknown>;
    }

    async function namesOf(kinds: string, ...words: string[]): Promise<string[]> {
        const text = await cluster.kubectl(["get", kinds, ...NAMES, ...words]);
        return text.split("\n").filter((line) => line.includes("metrics-server"));
    }

    /** What is there in the end, whatever was there before: this package's installation, verified, and nothing else. */
    async function isTakenOver(): Promise<void> {
        const lab = new SourceLab(cluster, stack);
        const { seen, issuer } = await lab.served();
        assert.match(seen, /Verify return code: 0 \(ok\)/);
        assert.equal(issuer, "metrics-server-ca");
        const { spec } = await jsonOf("apiservice", API);
        const { insecureSkipTLSVerify, caBundle } = spec as Record<string, unknown>;
        assert.equal(insecureSkipTLSVerify, undefined);
        assert.equal(caBundle, (await stack.outputs())["caBundle"]);
        assert.equal((await namesOf("replicasets")).length, 1);
        assert.deepEqual(await namesOf("secrets", "-l", "owner=helm"), []);
        const service = (await jsonOf("service", "metrics-server"))["spec"];
        assert.deepEqual((service as { selector: object }).selector, {
            "k8s-app": "metrics-server",
        });
        for (const [kind, name] of [
            ["service", "metrics-server"],
            ["apiservice", API],
            ["serviceaccount", "metrics-server"],
            ["clusterrole", "system:metrics-server"],
        ] as const) {
            const { metadata } = await jsonOf(kind, name);
            const { annotations, labels } = metadata as Record<string, object | undefined>;
            const marks = Object.keys({ ...annotations, ...labels }).join(" ");
            assert.doesNotMatch(marks, /last-applied|helm\.sh|addonmanager/, kind);
            assert.match(
                JSON.stringify(labels),
                /"app.kubernetes.io\/part-of":"secure-metrics-server"/,
            );
        }
        assert.match(await cluster.kubectl(["top", "nodes", "--no-headers"]), /^cp1 +\d+m/m);
    }

    const ROWS: Record<string, [Installation, string]> = {
        "upstream's manifest of 0.9.0, with --kubelet-insecure-tls": [
            manifest(),
            "kubectl or another tool",
        ],
        "a manifest as of 0.6.4, with its other port": [manifest(as064), "kubectl or another tool"],
        "a manifest as of 0.7.2, whose Service names the port by its number": [
            manifest(as072),
            "kubectl or another tool",
        ],
        "upstream's chart 3.13, with Helm's record of its release": [
            chart,
            'Helm release \\"metrics-server\\"',
        ],
        "what kubespray installs": [kubespray, "kubectl or another tool"],
    };

    for (const [what, [installation, maker]] of Object.entries(ROWS)) {
        it(`takes over ${what}`, async () => {
            await install(cluster, installation);
            const { total } = await underRequests(async () => {
                const preview = await stack.preview();
                assert.equal(preview.error, undefined, preview.error);
                assert.ok(
                    preview.output.includes("takeOver: takes over apiservice/"),
                    preview.output,
                );
                assert.ok(preview.output.includes(`made by ${maker}`), preview.output);
                const run = await up();
                assert.equal(run.error, undefined, run.error);
                await isTakenOver();
                assert.deepEqual(await again(), []);
            });
            console.log(`      0 of ${total} requests failed`);
        });
    }

    /** What the next preview shows, with the same environment. */
    async function again(): Promise<string[]> {
        const shown: string[] = [];
        await stack.withEnvironment(TAKE_OVER, async () => {
            const { changes } = await stack.preview();
            shown.push(...changes.map(({ op, name }) => `${op} ${name}`));
        });
        return shown;
    }

    it("lets an autoscaler go on, forgets the old objects in the run after, and shows no more than that", async () => {
        await install(cluster, manifest());
        const scaled = new Autoscaler(cluster);
        await scaled.create();
        await scaled.hasScaledTo(2);
        const complaints = await scaled.complaints();
        const allowed: Promise<void>[] = [];
        await underRequests(async () => {
            const run = await up(({ name }) => {
                if (name === "metrics-take-over-switch") allowed.push(scaled.allow(4));
            });
            assert.equal(run.error, undefined, run.error);
            await Promise.all(allowed);
            await scaled.hasScaledTo(4);
        });
        assert.equal(await scaled.complaints(), complaints);
        await stack.setObject("settings", {});
        const preview = await stack.preview();
        const shown = preview.changes.map(({ op, name }) => `${op} ${name}`).sort();
        assert.deepEqual(
            shown.filter((each) => !/ (cluster|kubernetes)$/.test(each)),
            [
                "delete metrics-take-over",
                "delete metrics-take-over-aside",
                "delete metrics-take-over-marker",
                "delete metrics-take-over-switch",
                "update metrics-preflight",
            ],
        );
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        const { code } = await cluster.exec("cp1", ["test", "-e", KEPT], { allowFailure: true });
        assert.equal(code, 1);
        assert.deepEqual(await namesOf("configmaps"), []);
        assert.deepEqual((await stack.preview()).changes, []);
    });

    it("ends at the same place when the engine was killed before, in and after every step", async () => {
        await install(cluster, manifest());
        await underRequests(async () => {
            await stack.withEnvironment(TAKE_OVER, async () => {
                for (const step of [
                    "metrics-take-over",
                    "metrics-take-over-marker",
                    "metrics-take-over-aside",
                    "metrics-metrics-server-deployment",
                    "metrics-take-over-switch",
                    "metrics-metrics-server-service",
                    "metrics-metrics-server-api-service",
                ]) {
                    const place = { cluster, stack, node: "cp1" };
                    const moment = { step, node: "cp1", at: "start" } as const;
                    const run = await duringRun(cluster, stack, "up", moment, () =>
                        engineKilled.strike(place),
                    );
                    assert.notEqual(run.error, undefined, `not killed at ${step}`);
                    await engineKilled.mend(place);
                }
            });
            const run = await up();
            assert.equal(run.error, undefined, run.error);
            await isTakenOver();
        });
    });

    it("is refused where Argo CD would change it back, and where the provider takes nothing over, before anything is changed", async () => {
        await install(cluster, manifest());
        const objects = ["deployment/metrics-server", "service/metrics-server"];
        const mark = "argocd.argoproj.io/tracking-id";
        await cluster.kubectl(["annotate", "-n", "kube-system", ...objects, `${mark}=app:/x`]);
        const before = await jsonOf("deployment", "metrics-server");
        const refused = await up();
        assert.match(
            refused.output + (refused.error ?? ""),
            /takeOver cannot take over: deployment\/metrics-server belongs to Argo CD .*; next: take metrics-server out of its Application/,
        );
        await cluster.kubectl(["annotate", "-n", "kube-system", ...objects, `${mark}-`]);
        const without = await stack.up();
        assert.match(
            without.output + (without.error ?? ""),
            /the Kubernetes provider does not take over objects that are there; expected its option upsertExistingObjects; next: set upsertExistingObjects: true/,
        );
        const after = await jsonOf("deployment", "metrics-server");
        assert.deepEqual(after["spec"], before["spec"]);
        assert.deepEqual(await namesOf("configmaps"), []);
    });

    it("is undone by destroy and one command", async () => {
        await install(cluster, manifest());
        const before = (await jsonOf("deployment", "metrics-server"))["spec"];
        const run = await up();
        assert.equal(run.error, undefined, run.error);
        const destroyed = await stack.destroy();
        assert.equal(destroyed.error, undefined, destroyed.error);
        await cluster.exec("cp1", ["sh", `${KEPT}/restore.sh`]);
        assert.deepEqual((await jsonOf("deployment", "metrics-server"))["spec"], before);
        await install(cluster, () => Promise.resolve());
        assert.deepEqual(await namesOf("configmaps"), []);
    });
});
