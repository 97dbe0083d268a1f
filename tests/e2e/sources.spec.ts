import assert from "node:assert/strict";
import type { Cluster } from "../cluster/harness";
import { BUDGETS, found, notYet, until } from "../cluster/harness/budgets";
import { certificate, type Pair } from "../scripts/support/certificates";
import { askForMetrics } from "../support/metricsClient";
import { kubelets, verifiedByApiServer } from "../support/observe";
import { signRequest } from "../support/signRequest";
import { leftovers } from "./support/leftovers";
import { TestStack, type Change, type Run, type Settings } from "./support/stack";
import { clusterOrSkip } from "./support/tier";
import { letTimePass } from "./support/time";

const NAME = "metrics-server.kube-system.svc";
const SECRET = "from-elsewhere";
/** 5 Hz. */
const OFTEN = 200;

describe("every source of the serving certificate, with the real engine", function () {
    let cluster: Cluster;
    let stack: TestStack;
    // One company for all: whoever signed, `caBundle` has the same CA, so every change of the source may be one run.
    const company = certificate({ subject: "/CN=company-ca", ca: true });
    const stranger = certificate({ subject: "/CN=stranger-ca", ca: true });

    const ca = company.certificate;
    const issued = (days: number, issuer = company): Pair =>
        certificate({ subject: "/CN=ms", names: `DNS:${NAME}`, issuer, until: days });

    before(async function () {
        cluster = await clusterOrSkip(this);
        stack = await TestStack.create(cluster, "sources");
    });

    after(async () => {
        if (!(stack as TestStack | undefined)) return;
        await stack.clean();
        await forget(SECRET, "of-a-stranger");
    });

    async function forget(...names: string[]): Promise<void> {
        const secrets = ["delete", "secret", "-n", "kube-system", "--ignore-not-found", ...names];
        await cluster.kubectl(secrets);
    }

    /** What an administrator or another tool puts into the cluster. */
    async function keep(name: string, { certificate: pem, key }: Pair): Promise<void> {
        const object = {
            apiVersion: "v1",
            kind: "Secret",
            metadata: { name, namespace: "kube-system" },
            type: "kubernetes.io/tls",
            stringData: { "tls.crt": pem, "tls.key": key },
        };
        await cluster.kubectl(["apply", "-f", "-"], { input: JSON.stringify(object) });
    }

    async function set(servingCertificate: Settings): Promise<void> {
        await stack.setObject("settings", { onRemove: "revert", servingCertificate });
    }

    function changed(changes: Change[]): string[] {
        const steps = changes.filter(({ op }) => ["create", "update", "replace"].includes(op));
        return steps.map(({ op, name }) => `${op} ${name}`).sort();
    }

    /** Something with a client that asks all the while: nothing failed, and no kubelet was touched. */
    async function underRequests<T>(act: () => Promise<T>): Promise<T> {
        const processes = await kubelets(cluster);
        const stop = await askForMetrics(cluster, OFTEN);
        const result = await act();
        const { total, failures } = stop();
        assert.deepEqual(failures, []);
        assert.ok(total > 20, `only ${total} requests`);
        assert.deepEqual(await kubelets(cluster), processes);
        return result;
    }

    /** Runs `up`, and shows that metrics come, that the API server's checks are on, and that a second run has nothing to do. */
    async function upAndVerify(issuer: string): Promise<Run> {
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        const preview = await stack.preview();
        assert.deepEqual(preview.changes, []);
        assert.match(await cluster.kubectl(["top", "nodes", "--no-headers"]), /^cp1 +\d+m/m);
        const { seen, issuer: signer } = await served();
        assert.match(seen, /Verify return code: 0 \(ok\)/);
        assert.equal(signer, issuer);
        return run;
    }

    /** What the API server sees when it calls metrics-server: who signed, and the certificate itself. */
    async function served(): Promise<{ seen: string; issuer: string; pem: string }> {
        const { caBundle } = await stack.outputs();
        const seen = await verifiedByApiServer(cluster, String(caBundle), NAME);
        const [, issuer = ""] = /^issuer=.*CN ?= ?([-\w]+)/m.exec(seen) ?? [];
        const [pem = ""] = /-----BEGIN CERTIFICATE-----[^-]+/.exec(seen) ?? [];
        return { seen, issuer, pem };
    }

    /** What is in the state of a resource. */
    async function stateOf(name: string, output: string): Promise<string> {
        const { deployment } = (await stack.stack.exportStack()) as {
            deployment: { resources: { urn: string; outputs?: Record<string, unknown> }[] };
        };
        const resource = deployment.resources.find(({ urn }) => urn.endsWith(`::${name}`));
        return String(resource?.outputs?.[output]);
    }

    const LEAF = [
        "replace metrics-metrics-server-tls",
        "replace metrics-serving-certificate-certificate",
        "update metrics-metrics",
        "update metrics-metrics-server-deployment",
    ];

    it("givenCa: comes up, and no key is in the state in the clear", async () => {
        const givenCa = { certificatePem: ca, privateKeyPem: company.key };
        await set({ source: "givenCa", givenCa });
        await upAndVerify("company-ca");
        assert.ok(!stack.stateText().includes(company.key.split("\n")[1] ?? "?"));
    });

    it("givenCa: renews the leaf inside its window without a failed request", async () => {
        await letTimePass(stack, "metrics-serving-certificate-certificate");
        const run = await underRequests(() => upAndVerify("company-ca"));
        assert.deepEqual(changed(run.changes), LEAF);
    });

    let request = "";

    it("given: takes what was signed from the request, in place of what the CA signed", async () => {
        request = await stateOf("metrics-serving-certificate-request", "certRequestPem");
        const certificatePem = signRequest(request, company, NAME, 90);
        await set({ source: "given", given: { certificatePem, caCertificatePem: ca } });
        await underRequests(() => upAndVerify("company-ca"));
        const { servingCertificateNotAfter, renewalTime } = await stack.outputs();
        const days = (time: unknown): number =>
            Math.round((Date.parse(String(time)) - Date.now()) / 86_400_000);
        assert.deepEqual([days(servingCertificateNotAfter), days(renewalTime)], [90, 60]);
    });

    it("given: is renewed from the same request without a failed request", async () => {
        const certificatePem = signRequest(request, company, NAME, 120);
        await set({ source: "given", given: { certificatePem, caCertificatePem: ca } });
        const run = await underRequests(() => upAndVerify("company-ca"));
        assert.deepEqual(
            changed(run.changes),
            LEAF.filter((step) => !step.includes("serving-certificate")),
        );
    });

    it("given: refuses another key, name or CA in the preview, and nothing has changed", async () => {
        const foreign = issued(90, stranger).certificate;
        await set({ source: "given", given: { certificatePem: foreign, caCertificatePem: ca } });
        const before = await served();
        const { error, output } = await stack.preview();
        assert.notEqual(error, undefined);
        assert.match(output, /for another key than the package's own/);
        assert.match(output, /none of them signed given\.certificatePem/);
        assert.equal((await served()).pem, before.pem);
    });

    it("given with its key: takes the pair as it is", async () => {
        const { certificate: certificatePem, key: privateKeyPem } = issued(90);
        const given = { certificatePem, privateKeyPem, caCertificatePem: ca };
        await set({ source: "given", given });
        await underRequests(() => upAndVerify("company-ca"));
        assert.ok(!stack.stateText().includes(privateKeyPem.split("\n")[1] ?? "?"));
    });

    it("existingSecret: is refused before anything changes while it is not there", async () => {
        await set({
            source: "existingSecret",
            existingSecret: { name: SECRET, caCertificatePem: ca },
        });
        const { error, output } = await underRequests(() => stack.up());
        assert.notEqual(error, undefined);
        assert.match(output, /Secret kube-system\/from-elsewhere is not there; expected it/);
    });

    it("existingSecret: comes up, and its key is nowhere in the state", async () => {
        const pair = issued(60);
        await keep(SECRET, pair);
        await underRequests(() => upAndVerify("company-ca"));
        const exported = JSON.stringify(await stack.stack.exportStack());
        assert.ok(!exported.includes("tls.key"));
        const { servingCertificateNotAfter } = await stack.outputs();
        const days = (Date.parse(String(servingCertificateNotAfter)) - Date.now()) / 86_400_000;
        assert.ok(days > 59 && days < 61, String(servingCertificateNotAfter));
    });

    it("existingSecret: a new certificate in it is served without a run and without a failed request", async () => {
        const before = (await served()).pem;
        await underRequests(async () => {
            await keep(SECRET, issued(70));
            await until("the new certificate", BUDGETS.workload, async () => {
                const { pem } = await served();
                return pem !== before && pem !== "" ? found(true) : notYet("the old one");
            });
        });
        assert.deepEqual((await stack.preview()).changes, []);
    });

    it("existingSecret: one of another CA is named by the preflight, and the pods go on with theirs", async () => {
        await keep("of-a-stranger", issued(60, stranger));
        const existingSecret = { name: "of-a-stranger", caCertificatePem: ca };
        await set({ source: "existingSecret", existingSecret });
        const { error, output } = await underRequests(() => stack.up());
        assert.notEqual(error, undefined);
        assert.match(output, /tls\.crt of Secret kube-system\/of-a-stranger does not verify for/);
        await set({
            source: "existingSecret",
            existingSecret: { name: SECRET, caCertificatePem: ca },
        });
        await upAndVerify("company-ca");
    });

    it("own: comes back in two runs without a failed request, the first trusts its CA", async () => {
        const existingSecret = { name: SECRET, caCertificatePem: ca };
        await set({ source: "existingSecret", existingSecret, includeOwnCa: true });
        await underRequests(() => upAndVerify("company-ca"));
        await set({});
        await underRequests(() => upAndVerify("metrics-server-ca"));
    });

    it("own to given: two runs without a failed request, the first trusts the new CA", async () => {
        await set({ additionalCaPem: ca });
        await underRequests(() => upAndVerify("metrics-server-ca"));
        request = await stateOf("metrics-serving-certificate-request", "certRequestPem");
        const certificatePem = signRequest(request, company, NAME, 90);
        await set({ source: "given", given: { certificatePem, caCertificatePem: ca } });
        await underRequests(() => upAndVerify("company-ca"));
    });

    it("leaves nothing after destroy but the Secrets of others", async () => {
        const run = await stack.destroy();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual(await leftovers(cluster), []);
        const kept = await cluster.kubectl([
            "get",
            "secret",
            "-n",
            "kube-system",
            SECRET,
            "-o",
            "name",
        ]);
        assert.match(kept, /secret\/from-elsewhere/);
    });
});
