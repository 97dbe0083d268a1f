import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import type { Cluster } from "../cluster/harness";
import { BUDGETS, found, notYet, until } from "../cluster/harness/budgets";
import { clusterCa, kubelets } from "../support/observe";
import { leftovers } from "./support/leftovers";
import { SERVED_NAME, SourceLab } from "./support/sourceLab";
import { TestStack, type Run, type Settings } from "./support/stack";
import { backToStock, clusterOrSkip } from "./support/tier";
import { letTimePass } from "./support/time";
import { changed } from "./support/changed";

const PKI = "/etc/kubernetes/pki";
const KEY = `${PKI}/ca.key`;
const VALIDITY = "metrics-serving-certificate-validity";
/** The name of kubeadm's CA. */
const CLUSTER = "kubernetes";
const OWN = "metrics-server-ca";
const HOUR = 3_600_000;

/** What is done when the certificate is signed anew, and nothing else. */
const RENEWED = [
    "replace metrics-metrics-server-tls",
    `replace ${VALIDITY}`,
    "update metrics-cluster-ca",
    "update metrics-metrics",
    "update metrics-metrics-server-deployment",
];

describe("the cluster's own CA signs metrics-server's certificate, with the real engine", function () {
    let cluster: Cluster;
    let stack: TestStack;
    let lab: SourceLab;
    let ca: string;

    before(async function () {
        cluster = await clusterOrSkip(this);
        stack = await TestStack.create(cluster, "clusterCa");
        lab = new SourceLab(cluster, stack);
        ca = await clusterCa(cluster);
    });

    after(async () => {
        if (!(stack as TestStack | undefined)) return;
        await backToStock(cluster, stack);
    });

    const set = (settings: Settings): Promise<void> => lab.set(settings);
    const verified = (issuer: string): Promise<Run> => lab.upAndVerify(issuer);
    const withRequests = async <T>(act: () => Promise<T>): Promise<T> =>
        (await lab.underRequests(act)).result;

    /** Does something while the CA's key is somewhere else, as with an external CA. */
    async function withoutKey<T>(act: () => Promise<T>): Promise<T> {
        await cluster.exec("cp1", ["mv", KEY, `${KEY}.away`]);
        try {
            return await act();
        } finally {
            await keyIsBack();
        }
    }

    async function keyIsBack(): Promise<void> {
        await cluster.exec("cp1", ["sh", "-c", `[ ! -e ${KEY}.away ] || mv ${KEY}.away ${KEY}`]);
    }

    /** Names, sizes and times of all that lies beside the CA. */
    async function beside(): Promise<string> {
        return (await cluster.exec("cp1", ["ls", "-la", "--full-time", PKI])).stdout;
    }

    async function leafNow(): Promise<X509Certificate> {
        return new X509Certificate(`${(await lab.served()).pem}-----END CERTIFICATE-----\n`);
    }

    /** What the stack has of all that is outside the state itself. */
    async function outside(): Promise<string[]> {
        const { deployment } = (await stack.stack.exportStack()) as {
            deployment: { resources?: { type: string; urn: string }[] };
        };
        const types = /^(kubernetes|command):/;
        return (deployment.resources ?? [])
            .filter(({ type }) => types.test(type))
            .map(({ urn }) => urn.split("::").at(-1) ?? "")
            .filter((name) => !/-kube-(system|root-ca)$/.test(name));
    }

    it("is refused by name where the CA's key is not on the control plane, and nothing is made", async () => {
        await set({ source: "clusterCa" });
        const processes = await kubelets(cluster);
        const { error, output } = await withoutKey(() => stack.up());
        assert.notEqual(error, undefined);
        assert.match(
            output,
            /cp1: ".*\/etc\/kubernetes\/pki\/ca\.key is not there \(is the CA an external one\?\); expected .*; next: set servingCertificate\.source to givenCa or given/,
        );
        assert.match(output, /nothing was changed/);
        assert.deepEqual(await outside(), []);
        assert.deepEqual(await kubelets(cluster), processes);
        assert.deepEqual(await leftovers(cluster), []);
    });

    it("comes up: the cluster's CA is the issuer, a request is proxied, and a second run has nothing to do", async () => {
        await set({ source: "clusterCa" });
        const before = await beside();
        const run = await verified(CLUSTER);
        assert.match(run.output, /every certificate of the cluster's CA .* nothing revokes one/);
        assert.equal(await beside(), before);
        const leaf = await leafNow();
        assert.equal(leaf.subject, `CN=${SERVED_NAME}`);
        assert.deepEqual(leaf.keyUsage, ["1.3.6.1.5.5.7.3.1"]);
        assert.equal(leaf.ca, false);
        assert.ok(leaf.verify(new X509Certificate(ca).publicKey));
        const { caBundle } = await stack.outputs();
        assert.equal(Buffer.from(String(caBundle), "base64").toString(), ca);
    });

    it("has the CA's key nowhere but in its file: not in the state, and not in what was printed", async () => {
        const { stdout: key } = await cluster.exec("cp1", ["cat", KEY]);
        const lines = key.split("\n").filter((line) => /^[A-Za-z0-9+/=]{40,}$/.test(line));
        assert.ok(lines.length > 1);
        // With all secrets of the state in the clear.
        const shown = JSON.stringify(await stack.stack.exportStack());
        for (const text of [shown, stack.printed]) {
            assert.deepEqual(
                lines.filter((line) => text.includes(line)),
                [],
            );
        }
        assert.ok(shown.includes("BEGIN PRIVATE KEY"), "the certificate's own key");
        assert.ok(!stack.stateText().includes("BEGIN PRIVATE KEY"));
    });

    it("lives as long as it is told, and the next run begins where it says", async () => {
        await set({ source: "clusterCa", validityHours: 2, renewBeforeHours: 1 });
        const run = await withRequests(() => verified(CLUSTER));
        assert.deepEqual(changed(run.changes), RENEWED);
        const { servingCertificateNotAfter, renewalTime } = await stack.outputs();
        const leaf = await leafNow();
        assert.equal(Date.parse(leaf.validTo), Date.parse(String(servingCertificateNotAfter)));
        const left = Date.parse(leaf.validTo) - Date.now();
        assert.ok(left > 1.5 * HOUR && left <= 2 * HOUR, String(left));
        assert.equal(Date.parse(leaf.validTo) - Date.parse(String(renewalTime)), HOUR);
    });

    it("is signed anew inside its window, as the preview says, and without a failed request", async () => {
        const before = await leafNow();
        await letTimePass(stack, VALIDITY);
        assert.deepEqual(changed((await stack.preview()).changes), RENEWED);
        const run = await withRequests(() => verified(CLUSTER));
        assert.deepEqual(changed(run.changes), RENEWED);
        const after = await leafNow();
        assert.notEqual(after.serialNumber, before.serialNumber);
        assert.ok(Date.parse(after.validTo) > Date.parse(before.validTo));
    });

    it("is not renewed without the CA's key: the run fails by name, and metrics go on", async () => {
        const before = await lab.served();
        await letTimePass(stack, VALIDITY);
        const { error, output } = await withRequests(() => withoutKey(() => stack.up()));
        assert.notEqual(error, undefined);
        assert.match(output, /ca\.key is not there/);
        assert.equal((await lab.served()).pem, before.pem);
        await withRequests(() => verified(CLUSTER));
    });

    it("gives way to a CA of the package's own in two runs without a failed request, the first one trusts that CA", async () => {
        await set({ source: "clusterCa", includeOwnCa: true });
        await withRequests(() => verified(CLUSTER));
        await set({});
        await withRequests(() => verified(OWN));
    });

    it("takes over from it in two runs without a failed request, the first one trusts the cluster's CA", async () => {
        await set({ additionalCaPem: ca });
        await withRequests(() => verified(OWN));
        await set({ source: "clusterCa" });
        await withRequests(() => verified(CLUSTER));
    });

    it("is the only CA that is trusted then: under it the API server gets no answer from another one's certificate", async () => {
        await set({ source: "clusterCa", includeOwnCa: true });
        await verified(CLUSTER);
        await set({});
        await verified(OWN);
        const { caBundle } = await stack.outputs();
        await trust(Buffer.from(ca).toString("base64"));
        await until("the API server to refuse it", BUDGETS.recovery, async () => {
            const said = await ask();
            return /ServiceUnavailable|503|unable to handle/.test(said)
                ? found(true)
                : notYet(said.slice(0, 200));
        });
        await trust(String(caBundle));
        await until("the API server to accept it", BUDGETS.recovery, async () => {
            const said = await ask();
            return said.includes('"usage"') ? found(true) : notYet(said.slice(0, 200));
        });
        assert.deepEqual((await stack.preview({ refresh: true })).changes, []);
    });

    async function trust(bundle: string): Promise<void> {
        const patch = JSON.stringify({ spec: { caBundle: bundle } });
        const service = ["apiservice", "v1beta1.metrics.k8s.io"];
        await cluster.kubectl(["patch", ...service, "--type=merge", "-p", patch]);
    }

    /** What a request for metrics is answered with, errors included. */
    async function ask(): Promise<string> {
        const path = "/apis/metrics.k8s.io/v1beta1/nodes";
        return cluster.kubectl(["get", "--raw", path]).catch((error: unknown) => String(error));
    }

    it("leaves nothing after destroy, and the CA's files as they were", async () => {
        await set({ source: "clusterCa" });
        await verified(CLUSTER);
        const before = await beside();
        const run = await stack.destroy();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual(await leftovers(cluster), []);
        assert.equal(await beside(), before);
    });
});
