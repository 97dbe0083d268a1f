import assert from "node:assert/strict";
import type { X509Certificate } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import type { CertificateSettingsArgs } from "../../components/serving-certificate/servingCertificateArgs";
import { engineRequirements } from "../e2e/support/engine";
import { certificatesIn } from "../support/caCertificates";
import { localStack, record, resourceNamed } from "../support/localStack";
import { skipIfLacking } from "../support/skip";

const PROGRAM = join(__dirname, "programs", "certificate");

/** What clients see: the certificate that is served, and the bundle that it has to verify with. */
interface Seen {
    certificate: X509Certificate;
    bundle: X509Certificate[];
}

describe("a leaked serving key, with the real engine", function () {
    let stack: Stack;
    let folder: string;

    before(async function () {
        skipIfLacking(this, engineRequirements());
        ({ stack, folder } = await localStack(PROGRAM, "certificate"));
    });

    after(() => {
        if (folder) rmSync(folder, { recursive: true, force: true });
    });

    async function up(settings: CertificateSettingsArgs, replace?: string): Promise<Seen> {
        writeFileSync(join(folder, "program", "settings.json"), JSON.stringify(settings));
        const urns = replace === undefined ? [] : [(await resourceNamed(stack, replace)).urn];
        const run = await record((options) => stack.up({ ...options, replace: urns }));
        assert.equal(run.error, undefined, run.error);
        const outputs = await stack.outputs();
        const [certificate] = certificatesIn(String(outputs["certificatePem"]?.value));
        assert.ok(certificate);
        // base64 of PEM, as an APIService has it.
        const bundle = Buffer.from(String(outputs["caBundle"]?.value), "base64").toString();
        return { certificate, bundle: certificatesIn(bundle) };
    }

    const verifies = (certificate: X509Certificate, bundle: X509Certificate[]): boolean =>
        bundle.some((ca) => certificate.checkIssued(ca) && certificate.verify(ca.publicKey));

    it("is worth nothing after three runs, and what is served verifies after each of them", async () => {
        const stolen = await up({});
        const runs = [
            await up({ caKeyGenerations: ["1", "2"] }),
            await up({ caKeyGenerations: ["1", "2"], activeCaKeyGeneration: "2" }, "serving-key"),
            await up({ caKeyGenerations: ["2"] }),
        ];
        for (const { certificate, bundle } of runs) assert.ok(verifies(certificate, bundle));
        const keys = [stolen, ...runs].map(({ certificate }) =>
            certificate.publicKey.export({ type: "spki", format: "der" }).toString("hex"),
        );
        assert.deepEqual(
            [keys[1] === keys[0], keys[2] === keys[0], keys[3] === keys[2]],
            [true, false, true],
        );
        assert.deepEqual(
            runs.map(({ bundle }) => verifies(stolen.certificate, bundle)),
            [true, true, false],
        );
    });

    it("would be as good as before after its replacement alone", async () => {
        const stolen = await up({ caKeyGenerations: ["2"] });
        const { bundle } = await up({ caKeyGenerations: ["2"] }, "serving-key");
        assert.ok(verifies(stolen.certificate, bundle));
    });
});
