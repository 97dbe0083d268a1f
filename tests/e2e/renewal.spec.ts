import assert from "node:assert/strict";
import type { X509Certificate } from "node:crypto";
import type { Cluster } from "../cluster/harness";
import { certificatesIn } from "../support/caCertificates";
import { askForMetrics } from "../support/metricsClient";
import { kubelets } from "../support/observe";
import { letTimePass } from "./support/time";
import { TestStack, type Run } from "./support/stack";
import { backToStock, clusterOrSkip } from "./support/tier";
import { changed, RENEWED_LEAF } from "./support/changed";

describe("renewal and rotation without a failed request, with the real engine", function () {
    let cluster: Cluster;
    let stack: TestStack;

    before(async function () {
        cluster = await clusterOrSkip(this);
        stack = await TestStack.create(cluster, "renewal", { onRemove: "revert" });
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
    });

    after(async () => {
        if (!(stack as TestStack | undefined)) return;
        await backToStock(cluster, stack);
    });

    /** Runs `up` with a client that asks all the while, and shows that nothing failed and no kubelet was touched. */
    async function upUnderRequests(): Promise<Run> {
        const processes = await kubelets(cluster);
        const stop = await askForMetrics(cluster);
        const run = await stack.up();
        // A run may be over in seconds, so the preview after it belongs to the time that is watched.
        const after = await stack.preview();
        const { total, failures } = stop();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual(failures, []);
        assert.ok(total > 20, `only ${total} requests`);
        assert.deepEqual(await kubelets(cluster), processes);
        assert.deepEqual(after.changes, []);
        return run;
    }

    it("says when to run `up` next, and warns in the month before, without a diff", async () => {
        const { renewalTime } = await stack.outputs();
        const inDays = (Date.parse(String(renewalTime)) - Date.now()) / 86_400_000;
        assert.ok(inDays > 334 && inDays < 336, `in ${inDays} days`);
        // The engine's own warnings are about plugins.
        assert.doesNotMatch((await stack.preview()).output, /warning: (?!resource plugin )/);
        await letTimePass(stack, "metrics-serving-certificate-certificate", 50);
        const preview = await stack.preview();
        assert.deepEqual(preview.changes, []);
        assert.match(
            preview.output,
            /warning: metrics-serving-certificate: the serving certificate expires on .*; next: run `pulumi up` after /,
        );
    });

    for (const replicas of [2, 1]) {
        it(`renews the serving certificate inside its window, with ${replicas} replicas`, async () => {
            await stack.setObject("settings", { onRemove: "revert", metricsServer: { replicas } });
            await stack.up();
            await letTimePass(stack, "metrics-serving-certificate-certificate");
            const preview = await stack.preview();
            assert.deepEqual(changed(preview.changes), RENEWED_LEAF);
            assert.deepEqual(changed((await upUnderRequests()).changes), RENEWED_LEAF);
        });
    }

    it("renews the CA certificate with the same key in one run", async () => {
        await letTimePass(stack, "metrics-serving-certificate-ca-1");
        const run = await upUnderRequests();
        assert.deepEqual(changed(run.changes), [
            ...RENEWED_LEAF.slice(0, 1),
            "replace metrics-serving-certificate-ca-1",
            ...RENEWED_LEAF.slice(1, 3),
            "update metrics-metrics-server-api-service",
            "update metrics-metrics-server-deployment",
        ]);
    });

    it("rotates the CA's key in three runs: add a slot, switch, drop", async () => {
        const metricsServer = { replicas: 1 };
        await stack.setObject("settings", { onRemove: "revert", metricsServer });
        await stack.up();
        const rotate = async (
            caKeyGenerations: string[],
            activeCaKeyGeneration: string,
        ): Promise<Run> => {
            await stack.setObject("settings", {
                onRemove: "revert",
                metricsServer,
                servingCertificate: { caKeyGenerations, activeCaKeyGeneration },
            });
            return upUnderRequests();
        };
        const added = await rotate(["1", "2"], "1");
        assert.deepEqual(changed(added.changes), [
            "create metrics-serving-certificate-ca-2",
            "create metrics-serving-certificate-ca-key-2",
            "update metrics-metrics",
            "update metrics-metrics-server-api-service",
        ]);
        assert.equal((await certificatesInBundle()).length, 2);
        const switched = await rotate(["1", "2"], "2");
        assert.deepEqual(changed(switched.changes), RENEWED_LEAF);
        await rotate(["2"], "2");
        assert.equal((await certificatesInBundle()).length, 1);
    });

    async function certificatesInBundle(): Promise<X509Certificate[]> {
        const bundle = await cluster.kubectl([
            "get",
            "apiservice",
            "v1beta1.metrics.k8s.io",
            "-o",
            "jsonpath={.spec.caBundle}",
        ]);
        return certificatesIn(Buffer.from(bundle, "base64").toString());
    }
});
