import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { MetricsServer, SecureMetricsServer, type CertificateSettingsArgs } from "../../index";
import { base64 } from "../../components/shared/pem";
import { otherCa } from "../scripts/support/certificates";
import { SERVING, SERVING_CA } from "./support/certificates";
import { METRICS_SERVER, NODES, SSH } from "./support/fixtures";
import { header, named } from "./support/find";
import { toldLate } from "./support/late";
import { record, valueOf, type Recorded } from "./support/mocks";
import { pem } from "./support/providerStates";
import { type Plain } from "./support/recorded";

import { SECRET, secure, problems } from "./support/certificateSources";

describe("a Secret that somebody else keeps", () => {
    const volumes = (resources: Recorded[]): Plain | undefined => {
        const { spec } = named(resources, "m-metrics-server-deployment").inputs as unknown as {
            spec: { template: { spec: Record<string, Plain> } };
        };
        return (spec.template.spec["volumes"] as Record<string, Plain>[])[1]?.["secret"];
    };

    it("is mounted by its name, and neither made nor read", async () => {
        const { result, resources } = await secure(SECRET);
        assert.deepEqual(volumes(resources), { secretName: "from-elsewhere", defaultMode: 0o440 });
        assert.deepEqual(
            resources.filter(({ type }) => /^tls:|:Secret$|:ServingCertificate$/.test(type)),
            [],
        );
        assert.equal(await valueOf(result.caBundle), base64(SERVING_CA));
        assert.equal(await valueOf(result.certificateRequest), "");
    });

    it("is served although the package's own CA is trusted beside its CA", async () => {
        const { result, resources } = await secure({ ...SECRET, includeOwnCa: true });
        assert.equal(
            await valueOf(result.caBundle),
            base64(SERVING_CA + pem("m-serving-certificate-ca-1")),
        );
        assert.deepEqual(volumes(resources), { secretName: "from-elsewhere", defaultMode: 0o440 });
        assert.deepEqual(
            resources.filter(({ type }) => type.endsWith(":Secret")),
            [],
        );
    });

    it("is looked at in the cluster, before the first change and by the last check, with every CA of the bundle", async () => {
        const additionalCaPem = otherCa().certificate;
        const { resources } = await secure({ ...SECRET, additionalCaPem });
        for (const check of ["m-preflight", "m-metrics"]) {
            const settings = header(named(resources, check));
            assert.equal(settings["SERVING_SECRET"], "from-elsewhere", check);
            assert.equal(settings["SERVING_CA"], SERVING_CA + additionalCaPem, check);
            assert.equal(settings["CERTIFICATE_SHA256"], undefined);
        }
    });

    it("says when its certificate ends as the last check saw it, and nothing where nobody looked", async () => {
        const stdout = JSON.stringify({
            nodes: 3,
            servingCertificate: {
                notBefore: "2126-01-01T00:00:00Z",
                notAfter: "2126-03-02T00:00:00Z",
            },
        });
        const seen = await secure(SECRET, { "m-metrics": { stdout, stderr: "" } });
        assert.equal(await valueOf(seen.result.servingCertificateNotAfter), "2126-03-02T00:00:00Z");
        // A third of 60 days.
        assert.equal(await valueOf(seen.result.renewalTime), "2126-02-10T00:00:00Z");
        assert.equal(await valueOf(seen.result.caNotAfter), "2126-10-31T18:42:02Z");
        for (const odd of ["", "garbage", '{"servingCertificate":{"notAfter":"soon"}}']) {
            const { result } = await secure(SECRET, { "m-metrics": { stdout: odd, stderr: "" } });
            assert.equal(await valueOf(result.servingCertificateNotAfter), "");
        }
    });

    it("is refused with a name or CAs that are none, also when they become known late and before any node is touched", async () => {
        const bad = { name: "From Elsewhere", caCertificatePem: SERVING };
        const program = (existingSecret: object) => () =>
            new SecureMetricsServer("m", {
                nodes: NODES,
                ssh: SSH,
                servingCertificate: { ...SECRET, existingSecret } as CertificateSettingsArgs,
            });
        const found = await problems(program(bad));
        assert.match(
            found[0] ?? "",
            /existingSecret\.name is no name of a Secret; expected a lower-case DNS name/,
        );
        assert.match(
            found[1] ?? "",
            /existingSecret\.caCertificatePem: certificate 1 .* is no CA certificate/,
        );
        const late = {
            name: pulumi.output(bad.name),
            caCertificatePem: pulumi.output(bad.caCertificatePem),
        };
        const { errors, resources } = await toldLate(program(late));
        assert.match(errors.join("\n"), /SecureMetricsServer "m": 2 problems/);
        assert.deepEqual(
            resources.filter(({ name }) => /-node-|deployment$/.test(name)).map(({ name }) => name),
            [],
        );
    });

    it("is taken by MetricsServer alone by its name, beside a caBundle and instead of a pair", async () => {
        const { caBundle, ...pair } = METRICS_SERVER;
        const { resources } = await record(
            () => new MetricsServer("m", { secretName: pulumi.output("from-elsewhere"), caBundle }),
        );
        assert.deepEqual(
            resources.filter(({ type }) => type.endsWith(":Secret")),
            [],
        );
        const found = await problems(
            () => new MetricsServer("m", { ...pair, secretName: "-", caBundle }),
        );
        assert.deepEqual(found, [
            "certificatePem and secretName are both set; expected one of them; next: remove certificatePem",
            "privateKeyPem and secretName are both set; expected one of them; next: remove privateKeyPem",
            "secretName is no name of a Secret; expected a lower-case DNS name; it is not shown, since a key may have got there",
        ]);
    });
});
