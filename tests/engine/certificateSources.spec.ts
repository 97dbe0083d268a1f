import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { engineRequirements } from "../e2e/support/engine";
import { certificate, otherCa, type Pair } from "../scripts/support/certificates";
import { certificatesIn } from "../support/caCertificates";
import { localStack, record, type Run } from "../support/localStack";
import { signRequest } from "../support/signRequest";
import { skipIfLacking } from "../support/skip";

const PROGRAM = join(__dirname, "programs", "certificate");
const NAME = "metrics-server.kube-system.svc";

/** What clients see, and whether the key is the certificate's. */
interface Seen {
    run: Run;
    leaf: X509Certificate;
    bundle: X509Certificate[];
    outputs: Record<string, string>;
}

describe("the sources of a serving certificate, with the real engine and without a cluster", function () {
    let stack: Stack;
    let folder: string;
    const company = certificate({ subject: "/CN=company-ca", ca: true });

    before(async function () {
        skipIfLacking(this, engineRequirements());
        ({ stack, folder } = await localStack(PROGRAM, "sources"));
    });

    after(() => {
        if (folder) rmSync(folder, { recursive: true, force: true });
    });

    function set(settings: object): void {
        writeFileSync(join(folder, "program", "settings.json"), JSON.stringify(settings));
    }

    /** Runs `up`, and shows that pair and chain are right and that the next run has nothing to do. */
    async function up(settings: object): Promise<Seen> {
        set(settings);
        const run = await record((options) => stack.up(options));
        assert.equal(run.error, undefined, run.error);
        const next = await record((options) => stack.preview(options));
        assert.deepEqual(next.changes, []);
        const outputs = Object.fromEntries(
            Object.entries(await stack.outputs()).map(([name, { value }]) => [name, String(value)]),
        );
        const [leaf] = certificatesIn(outputs["certificatePem"] ?? "");
        assert.ok(leaf);
        const text = Buffer.from(outputs["caBundle"] ?? "", "base64").toString();
        const bundle = certificatesIn(text);
        assert.ok(leaf.checkPrivateKey(createPrivateKey(outputs["privateKeyPem"] ?? "")));
        assert.ok(bundle.some((ca) => leaf.checkIssued(ca) && leaf.verify(ca.publicKey)));
        assert.equal(leaf.checkHost(NAME, { subject: "never" }), NAME);
        return { run, leaf, bundle, outputs };
    }

    async function refused(settings: object): Promise<string> {
        set(settings);
        const run = await record((options) => stack.preview(options));
        assert.notEqual(run.error, undefined);
        return run.output;
    }

    const underCa = ({ certificate: certificatePem, key: privateKeyPem }: Pair) => ({
        source: "givenCa",
        givenCa: { certificatePem, privateKeyPem },
    });

    const isEncrypted = ({ key }: Pair): boolean => {
        const state = join(folder, "state", ".pulumi", "stacks", "certificate", "sources.json");
        const [, line = "?"] = key.split("\n");
        return !readFileSync(state, "utf8").includes(line);
    };

    it("givenCa: the provider signs with it, and its key is ciphertext in the state", async () => {
        const { leaf, bundle } = await up(underCa(company));
        assert.match(leaf.issuer, /CN=company-ca/);
        assert.deepEqual(
            bundle.map(({ subject }) => subject),
            ["CN=company-ca"],
        );
        assert.ok(isEncrypted(company));
    });

    it("givenCa: its successor is trusted one run before it signs", async () => {
        const next = otherCa();
        const first = await up({ ...underCa(company), additionalCaPem: next.certificate });
        assert.deepEqual(first.run.changes, []);
        assert.equal(first.bundle.length, 2);
        const second = await up(underCa(next));
        assert.match(second.leaf.issuer, /CN=another/);
        assert.ok(first.bundle.some((ca) => second.leaf.verify(ca.publicKey)));
    });

    it("givenCa: a name that it does not permit is left out, and OpenSSL agrees", async () => {
        const limited = certificate({
            subject: "/CN=limited",
            ca: true,
            extensions: ["nameConstraints=critical,permitted;DNS:kube-system.svc"],
        });
        const { leaf } = await up(underCa(limited));
        assert.equal(leaf.subjectAltName, `DNS:${NAME}`);
    });

    it("own to given: the request of the first run is what the second run's certificate is for", async () => {
        const own = await up({ additionalCaPem: company.certificate });
        const request = own.outputs["certificateRequest"] ?? "";
        const certificatePem = signRequest(request, company, NAME, 90);
        const given = { certificatePem, caCertificatePem: company.certificate };
        const { leaf, run, outputs } = await up({ source: "given", given });
        assert.match(leaf.issuer, /CN=company-ca/);
        assert.ok(own.bundle.some((ca) => leaf.verify(ca.publicKey)));
        assert.deepEqual(
            run.changes.filter(({ op, name }) => op !== "delete" || /-(key|request)$/.test(name)),
            [],
        );
        const days = (Date.parse(outputs["renewalTime"] ?? "") - Date.now()) / 86_400_000;
        assert.ok(days > 59 && days < 61, String(days));
        const renewed = await up({
            source: "given",
            given: { ...given, certificatePem: signRequest(request, company, NAME, 120) },
        });
        assert.notEqual(renewed.leaf.fingerprint256, leaf.fingerprint256);
        assert.deepEqual(renewed.run.changes, []);
    });

    it("given: the preview refuses what was made for another key", async () => {
        const { certificate: certificatePem } = certificate({
            subject: "/CN=ms",
            names: `DNS:${NAME}`,
            issuer: company,
        });
        const given = { certificatePem, caCertificatePem: company.certificate };
        assert.match(
            await refused({ source: "given", given }),
            /for another key than the package's own/,
        );
    });

    it("refuses all that is wrong at once, in the preview", async () => {
        const output = await refused({ ...underCa(otherCa()), given: {}, caKeyGenerations: ["1"] });
        assert.match(output, /2 problems in its arguments/);
    });
});
