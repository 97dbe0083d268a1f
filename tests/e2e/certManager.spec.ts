import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import type { Cluster } from "../cluster/harness";
import { BUDGETS, found, notYet, until } from "../cluster/harness/budgets";
import { goVersion } from "../cluster/harness/host/goVersion";
import { certificate } from "../scripts/support/certificates";
import { certificatesIn } from "../support/caCertificates";
import { resourceNamed } from "../support/localStack";
import { kubelets, verifiedByApiServer } from "../support/observe";
import { skipIfLacking } from "../support/skip";
import { installCertManager, makeIssuers, scaleCainjector } from "./certManager/install";
import { leftovers } from "./support/leftovers";
import { SERVED_NAME, SourceLab } from "./support/sourceLab";
import { TestStack, type Run, type Settings } from "./support/stack";
import { backToStock, clusterOrSkip } from "./support/tier";

const API_SERVICE = "v1beta1.metrics.k8s.io";
const IN = ["-n", "kube-system"];

describe("a certificate of cert-manager's, with the real engine, its controller and its cainjector", function () {
    let cluster: Cluster;
    let stack: TestStack;
    let lab: SourceLab;
    const company = certificate({ subject: "/CN=company-ca", ca: true });

    before(async function () {
        skipIfLacking(this, goVersion() === undefined ? ["`go` is not on PATH"] : []);
        cluster = await clusterOrSkip(this);
        stack = await TestStack.create(cluster, "cert-manager");
        lab = new SourceLab(cluster, stack);
    });

    after(async () => {
        if (!(stack as TestStack | undefined)) return;
        await backToStock(cluster, stack);
    });

    async function set(certManager: Settings, more: Settings = {}): Promise<void> {
        const servingCertificate = { source: "certManager", certManager, ...more };
        await lab.set(servingCertificate);
    }

    /** What cert-manager, or the package through it, has in kube-system. */
    function ours(): Promise<string> {
        const kinds = ["certificates", "certificaterequests", "issuers"].map(
            (kind) => `${kind}.cert-manager.io`,
        );
        return cluster.kubectl(["get", [...kinds, "secrets"].join(","), ...IN, "-o", "name"]);
    }

    /** A field of an object, by a JSON path. */
    function field(object: string[], path: string): Promise<string> {
        return cluster.kubectl(["get", ...object, "-o", `jsonpath={${path}}`]);
    }

    /** The CAs that the API server trusts for metrics-server. */
    async function bundle(): Promise<X509Certificate[]> {
        const text = await field(["apiservice", API_SERVICE], ".spec.caBundle");
        return certificatesIn(Buffer.from(text, "base64").toString());
    }

    async function inSecret(name: string, key = "tls\\.crt"): Promise<X509Certificate> {
        const text = await field(["secret", name, ...IN], `.data.${key}`);
        return new X509Certificate(Buffer.from(text, "base64"));
    }

    /** What pods serve, as the API server verifies it. */
    async function served(): Promise<X509Certificate> {
        const text = await field(["apiservice", API_SERVICE], ".spec.caBundle");
        const seen = await verifiedByApiServer(cluster, text, SERVED_NAME);
        assert.match(seen, /Verify return code: 0 \(ok\)/, seen);
        const [pem = ""] =
            /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/.exec(seen) ?? [];
        return new X509Certificate(pem);
    }

    const underRequests = async <T>(act: () => Promise<T>): Promise<T> =>
        (await lab.underRequests(act)).result;

    /** The next preview has nothing to do, whatever cainjector has written: it looks at the cluster, not at the state alone. */
    async function hasNothingToDo(): Promise<void> {
        const { changes, error } = await stack.preview({ refresh: true, expectNoChanges: true });
        assert.deepEqual([changes, error], [[], undefined]);
    }

    async function upAndVerify(): Promise<Run> {
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        assert.match(await cluster.kubectl(["top", "nodes", "--no-headers"]), /^cp1 +\d+m/m);
        await served();
        return run;
    }

    /** What `cmctl renew` does; ends when another certificate is in the Secret. */
    async function renew(name: string, secret: string): Promise<X509Certificate> {
        const before = await inSecret(secret);
        const condition = {
            type: "Issuing",
            status: "True",
            reason: "ManuallyTriggered",
            message: "by hand",
            lastTransitionTime: new Date().toISOString().replace(/\.\d+Z$/, "Z"),
        };
        const patch = [{ op: "add", path: "/status/conditions/-", value: condition }];
        const words = ["--subresource=status", "--type=json", "-p", JSON.stringify(patch)];
        await cluster.kubectl(["patch", "certificate", name, ...IN, ...words]);
        return until(`another certificate in ${secret}`, BUDGETS.workload, async () => {
            const now = await inSecret(secret);
            return now.raw.equals(before.raw) ? notYet("the old one") : found(now);
        });
    }

    /** Ends when the pods serve what is in the Secret. */
    async function servesTheSecret(): Promise<X509Certificate> {
        return until("the new certificate to be served", BUDGETS.workload, async () => {
            const [now, wanted] = [await served(), await inSecret("metrics-server-tls")];
            return now.raw.equals(wanted.raw) ? found(now) : notYet("the old one");
        });
    }

    it("is refused before anything changes while cert-manager is not there", async () => {
        await set({});
        const processes = await kubelets(cluster);
        const { error, output } = await stack.up();
        assert.notEqual(error, undefined);
        assert.match(
            output,
            /the cluster has no established CustomResourceDefinition certificaterequests\.cert-manager\.io certificates\.cert-manager\.io issuers\.cert-manager\.io, .*expected cert-manager 1\.19/,
        );
        assert.deepEqual(await kubelets(cluster), processes);
        const deployments = ["get", "deployment", ...IN, "--ignore-not-found", "metrics-server"];
        assert.equal(await cluster.kubectl(deployments), "");
    });

    it("is refused while cainjector does not run", async () => {
        await installCertManager(cluster);
        await scaleCainjector(cluster, 0);
        const { error, output } = await stack.up();
        assert.notEqual(error, undefined);
        assert.match(
            output,
            /cainjector "cert-manager\/cert-manager-cainjector" has no ready pod;/,
        );
        await scaleCainjector(cluster, 1);
    });

    it("comes up under a CA that cert-manager makes, and cainjector's caBundle is nobody's change", async () => {
        await upAndVerify();
        const { inputs } = await resourceNamed(stack.stack, "metrics-metrics-server-api-service");
        const { spec, metadata } = inputs as { spec: object; metadata: { annotations: object } };
        assert.ok(!("caBundle" in spec));
        assert.deepEqual(Object.keys(metadata.annotations), ["cert-manager.io/inject-ca-from"]);
        const [ca, ...others] = await bundle();
        assert.ok(ca && others.length === 0);
        assert.ok((await served()).verify(ca.publicKey));
        assert.match(ca.subject, /CN=metrics-server-ca/);
        const outputs = await stack.outputs();
        const told = certificatesIn(Buffer.from(String(outputs["caBundle"]), "base64").toString());
        assert.deepEqual(
            told.map(({ fingerprint256 }) => fingerprint256),
            [ca.fingerprint256],
        );
        const ends = (await served()).validTo;
        assert.equal(Date.parse(String(outputs["servingCertificateNotAfter"])), Date.parse(ends));
        assert.equal(Date.parse(String(outputs["caNotAfter"])), Date.parse(ca.validTo));
        assert.deepEqual((await stack.preview()).changes, []);
        await hasNothingToDo();
    });

    it("has no key in the state", async () => {
        const exported = JSON.stringify(await stack.stack.exportStack());
        for (const name of ["metrics-server-tls", "metrics-server-ca"]) {
            const data = await field(["secret", name, ...IN], ".data.tls\\.key");
            const [, line = "?"] = Buffer.from(data, "base64").toString().split("\n");
            assert.ok(![data, line].some((text) => exported.includes(text)), name);
        }
    });

    it("is renewed by cert-manager without a run and without a failed request", async () => {
        const before = await served();
        await underRequests(async () => {
            await renew("metrics-server", "metrics-server-tls");
            assert.ok(!(await servesTheSecret()).raw.equals(before.raw));
        });
        await hasNothingToDo();
    });

    it("has its CA renewed without a failed request, and the old one stays trusted", async () => {
        const [old] = await bundle();
        assert.ok(old);
        await underRequests(async () => {
            const ca = await renew("metrics-server-ca", "metrics-server-ca");
            assert.ok(ca.publicKey.equals(old.publicKey));
            await renew("metrics-server", "metrics-server-tls");
            await servesTheSecret();
            const trusted = (await bundle()).map(({ fingerprint256 }) => fingerprint256);
            assert.deepEqual(trusted, [old.fingerprint256, ca.fingerprint256]);
        });
        await hasNothingToDo();
    });

    it("replaces a CA that leaked, as the README says, without a failed request", async () => {
        const leaked = await inSecret("metrics-server-ca");
        await underRequests(async () => {
            await cluster.kubectl(["delete", "secret", ...IN, "metrics-server-ca"]);
            const ca = await until("another CA", BUDGETS.workload, async () =>
                found(await inSecret("metrics-server-ca")),
            );
            assert.ok(!ca.publicKey.equals(leaked.publicKey));
            await renew("metrics-server", "metrics-server-tls");
            await servesTheSecret();
            const text = await field(["secret", "metrics-server-tls", ...IN], ".data.ca\\.crt");
            const patch = JSON.stringify({ spec: { caBundle: text } });
            await cluster.kubectl([
                "patch",
                "apiservice",
                API_SERVICE,
                "--type=merge",
                "-p",
                patch,
            ]);
            // cainjector adds what its Secret has, and that is there already.
            await renew("metrics-server", "metrics-server-tls");
            await servesTheSecret();
        });
        assert.deepEqual(
            (await bundle()).map(({ fingerprint256 }) => fingerprint256),
            [(await inSecret("metrics-server-ca")).fingerprint256],
        );
        await hasNothingToDo();
    });

    it("is renewed while cainjector is away, which then finds its way back", async () => {
        await underRequests(async () => {
            await scaleCainjector(cluster, 0);
            await renew("metrics-server", "metrics-server-tls");
            await servesTheSecret();
            await scaleCainjector(cluster, 1);
        });
        await hasNothingToDo();
    });

    it("refuses issuers that cannot do it, by name, and nothing changes", async () => {
        const acme = {
            server: "https://acme.example.test",
            privateKeySecretRef: { name: "acme" },
            solvers: [],
        };
        await makeIssuers(cluster, { acme: { acme }, itself: { selfSigned: {} } });
        const before = await served();
        for (const [name, says] of [
            ["acme", /Issuer kube-system\/acme is of type ACME, which does not sign/],
            ["itself", /Issuer kube-system\/itself lets each certificate sign itself/],
            ["nobody", /Issuer kube-system\/nobody is not there/],
        ] as const) {
            await set({ issuer: { name } });
            const { error, output } = await underRequests(() => stack.up());
            assert.notEqual(error, undefined);
            assert.match(output, says);
        }
        assert.ok((await served()).raw.equals(before.raw));
        await cluster.kubectl(["delete", "issuers.cert-manager.io", ...IN, "acme", "itself"]);
    });

    it("changes to a user's Issuer without a failed request", async () => {
        await lab.keep("company-ca", company);
        await makeIssuers(cluster, { company: { ca: { secretName: "company-ca" } } });
        await set({ issuer: { name: "company" } });
        await underRequests(async () => {
            await upAndVerify();
            // The run ends when the pods serve it.
            const now = await served();
            assert.ok(now.verify(new X509Certificate(company.certificate).publicKey));
        });
        await hasNothingToDo();
    });

    it("does not go away from cainjector's bundle in one run: the preflight refuses it, and nothing changes", async () => {
        const before = await served();
        await stack.setObject("settings", { onRemove: "revert" });
        const { error, output } = await underRequests(() => stack.up());
        assert.notEqual(error, undefined);
        assert.match(
            output,
            /caBundle of APIService \S+ is cainjector's, and .*caBundlePem; next:/,
        );
        assert.ok((await served()).raw.equals(before.raw));
    });

    it("takes a bundle of the program instead of cainjector's, without a failed request", async () => {
        const certManager = { issuer: { name: "company" }, caBundlePem: company.certificate };
        await set(certManager, { includeOwnCa: true });
        await underRequests(async () => {
            const first = await stack.up();
            // cainjector may have the last word once. The run then says so, and what to do.
            if (first.error !== undefined) {
                assert.match(
                    first.output,
                    /cainjector wrote once more; .*next: pulumi up --refresh/,
                );
                const again = await stack.up({ refresh: true });
                assert.equal(again.error, undefined, again.error);
            }
            await upAndVerify();
        });
        assert.deepEqual(
            (await bundle()).map(({ subject }) => /CN=\S+/.exec(subject)?.[0]),
            ["CN=company-ca", "CN=metrics-server-ca"],
        );
        await hasNothingToDo();
    });

    it("then gives way to a CA of the package's own without one, and cert-manager's objects and Secrets go", async () => {
        await stack.setObject("settings", { onRemove: "revert" });
        await underRequests(() => upAndVerify());
        assert.doesNotMatch(await ours(), /metrics-server(-ca|-tls)?$/m);
        await hasNothingToDo();
    });

    it("comes back from there, and cainjector writes what the program has left", async () => {
        await set({});
        await upAndVerify();
        const [ca, ...others] = await bundle();
        assert.ok(ca && others.length === 0);
        await hasNothingToDo();
    });

    it("lets go of cainjector's bundle as the preflight says, where cert-manager is gone", async () => {
        await scaleCainjector(cluster, 0);
        const released = [{ op: "replace", path: "/metadata/managedFields", value: [{}] }];
        const words = ["--type=json", "-p", JSON.stringify(released)];
        await cluster.kubectl(["patch", "apiservice", API_SERVICE, ...words]);
        await stack.setObject("settings", { onRemove: "revert" });
        await upAndVerify();
        await hasNothingToDo();
        await scaleCainjector(cluster, 1);
        await set({});
        await upAndVerify();
    });

    it("leaves nothing after destroy: no object, no Secret of cert-manager's", async () => {
        const run = await stack.destroy();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual(await leftovers(cluster), []);
        const left = await ours();
        assert.doesNotMatch(left, /metrics-server/);
        assert.match(left, /secret\/company-ca/);
    });
});
