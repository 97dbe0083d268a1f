import assert from "node:assert/strict";
import type { Cluster } from "../cluster/harness";
import { base64 } from "../../components/shared/pem";
import { BUDGETS, found, notYet, until } from "../cluster/harness/budgets";
import { certificate, type Pair } from "../scripts/support/certificates";
import { signRequest } from "../support/signRequest";
import { leftovers } from "./support/leftovers";
import { TestStack } from "./support/stack";
import { SERVED_NAME, SourceLab } from "./support/sourceLab";
import { backToStock, clusterOrSkip } from "./support/tier";
import { letTimePass } from "./support/time";
import { changed, RENEWED_LEAF } from "./support/changed";

const SECRET = "from-elsewhere";

describe("every source of the serving certificate, with the real engine", function () {
    let cluster: Cluster;
    let stack: TestStack;
    let lab: SourceLab;
    // One company for all: whoever signed, `caBundle` has the same CA, so every change of the source may be one run.
    const company = certificate({ subject: "/CN=company-ca", ca: true });
    const stranger = certificate({ subject: "/CN=stranger-ca", ca: true });

    const ca = company.certificate;
    const issued = (days: number, issuer = company): Pair =>
        certificate({ subject: "/CN=ms", names: `DNS:${SERVED_NAME}`, issuer, until: days });

    before(async function () {
        cluster = await clusterOrSkip(this);
        stack = await TestStack.create(cluster, "sources");
        lab = new SourceLab(cluster, stack);
    });

    after(async () => {
        if (!(stack as TestStack | undefined)) return;
        await backToStock(cluster, stack);
    });

    it("givenCa: comes up, and no key is in the state in the clear", async () => {
        const givenCa = { certificatePem: ca, privateKeyPem: company.key };
        await lab.set({ source: "givenCa", givenCa });
        await lab.upAndVerify("company-ca");
        assert.ok(!stack.stateText().includes(company.key.split("\n")[1] ?? "?"));
    });

    it("givenCa: renews the leaf inside its window without a failed request", async () => {
        await letTimePass(stack, "metrics-serving-certificate-certificate");
        const { result: run } = await lab.underRequests(() => lab.upAndVerify("company-ca"));
        assert.deepEqual(changed(run.changes), RENEWED_LEAF);
    });

    let request = "";

    it("given: takes what was signed from the request, in place of what the CA signed", async () => {
        request = await lab.stateOf("metrics-serving-certificate-request", "certRequestPem");
        const certificatePem = signRequest(request, company, SERVED_NAME, 90);
        await lab.set({ source: "given", given: { certificatePem, caCertificatePem: ca } });
        await lab.underRequests(() => lab.upAndVerify("company-ca"));
        const { servingCertificateNotAfter, renewalTime } = await stack.outputs();
        const days = (time: unknown): number =>
            Math.round((Date.parse(String(time)) - Date.now()) / 86_400_000);
        assert.deepEqual([days(servingCertificateNotAfter), days(renewalTime)], [90, 60]);
    });

    it("given: is renewed from the same request without a failed request", async () => {
        const certificatePem = signRequest(request, company, SERVED_NAME, 120);
        await lab.set({ source: "given", given: { certificatePem, caCertificatePem: ca } });
        const { result: run } = await lab.underRequests(() => lab.upAndVerify("company-ca"));
        assert.deepEqual(
            changed(run.changes),
            RENEWED_LEAF.filter((step) => !step.includes("serving-certificate")),
        );
    });

    it("given: refuses another CA or key in the preview, and nothing has changed", async () => {
        const before = await lab.served();
        const refusal = async (certificatePem: string): Promise<string> => {
            await lab.set({ source: "given", given: { certificatePem, caCertificatePem: ca } });
            const { error, output } = await stack.preview();
            assert.notEqual(error, undefined);
            return output;
        };
        const foreign = await refusal(issued(90, stranger).certificate);
        assert.match(foreign, /none of them signed given\.certificatePem/);
        const ofAnotherKey = await refusal(issued(90).certificate);
        assert.match(ofAnotherKey, /for another key than the package's own/);
        assert.equal((await lab.served()).pem, before.pem);
    });

    it("given with its key: takes the pair as it is", async () => {
        const { certificate: certificatePem, key: privateKeyPem } = issued(90);
        const given = { certificatePem, privateKeyPem, caCertificatePem: ca };
        await lab.set({ source: "given", given });
        await lab.underRequests(() => lab.upAndVerify("company-ca"));
        assert.ok(!stack.stateText().includes(privateKeyPem.split("\n")[1] ?? "?"));
    });

    it("existingSecret: is refused before anything changes while it is not there", async () => {
        await lab.set({
            source: "existingSecret",
            existingSecret: { name: SECRET, caCertificatePem: ca },
        });
        const { result } = await lab.underRequests(() => stack.up());
        assert.notEqual(result.error, undefined);
        assert.match(result.output, /Secret kube-system\/from-elsewhere is not there; expected it/);
    });

    it("existingSecret: comes up, and its key is nowhere in the state", async () => {
        const pair = issued(60);
        await lab.keep(SECRET, pair);
        await lab.underRequests(() => lab.upAndVerify("company-ca"));
        const exported = JSON.stringify(await stack.stack.exportStack());
        const [, line = "?"] = pair.key.split("\n");
        const inBase64 = base64(pair.key).slice(0, 64);
        assert.ok(!exported.includes(line) && !exported.includes(inBase64));
        const { servingCertificateNotAfter } = await stack.outputs();
        const days = (Date.parse(String(servingCertificateNotAfter)) - Date.now()) / 86_400_000;
        assert.ok(days > 59 && days < 61, String(servingCertificateNotAfter));
    });

    it("existingSecret: a new certificate in it is served without a run and without a failed request", async () => {
        const before = (await lab.served()).pem;
        await lab.underRequests(async () => {
            await lab.keep(SECRET, issued(70));
            await until("the new certificate", BUDGETS.workload, async () => {
                const { pem } = await lab.served();
                return pem !== before && pem !== "" ? found(true) : notYet("the old one");
            });
        });
        assert.deepEqual((await stack.preview()).changes, []);
    });

    it("existingSecret: one of another CA is named by the preflight, and the pods go on with theirs", async () => {
        await lab.keep("of-a-stranger", issued(60, stranger));
        const existingSecret = { name: "of-a-stranger", caCertificatePem: ca };
        await lab.set({ source: "existingSecret", existingSecret });
        const { result } = await lab.underRequests(() => stack.up());
        assert.notEqual(result.error, undefined);
        assert.match(
            result.output,
            /tls\.crt of Secret kube-system\/of-a-stranger does not verify for/,
        );
        await lab.set({
            source: "existingSecret",
            existingSecret: { name: SECRET, caCertificatePem: ca },
        });
        await lab.upAndVerify("company-ca");
    });

    it("own: comes back in two runs without a failed request, the first trusts its CA", async () => {
        const existingSecret = { name: SECRET, caCertificatePem: ca };
        await lab.set({ source: "existingSecret", existingSecret, includeOwnCa: true });
        await lab.underRequests(() => lab.upAndVerify("company-ca"));
        await lab.set({});
        await lab.underRequests(() => lab.upAndVerify("metrics-server-ca"));
    });

    it("own to given: two runs without a failed request, the first trusts the new CA", async () => {
        await lab.set({ additionalCaPem: ca });
        await lab.underRequests(() => lab.upAndVerify("metrics-server-ca"));
        request = await lab.stateOf("metrics-serving-certificate-request", "certRequestPem");
        const certificatePem = signRequest(request, company, SERVED_NAME, 90);
        await lab.set({ source: "given", given: { certificatePem, caCertificatePem: ca } });
        await lab.underRequests(() => lab.upAndVerify("company-ca"));
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
