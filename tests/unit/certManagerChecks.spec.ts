import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import type { CertManagerArgs } from "../../index";
import { base64 } from "../../components/shared/pem";
import { secure } from "./support/certManager";
import { SERVING_CA, SERVING_KEY } from "./support/certificates";
import { header, named } from "./support/find";
import { valueOf } from "./support/mocks";

describe("the checks of a certificate that cert-manager issues", () => {
    it("know the Secret, the Certificate and the issuer, and the CA only if the program does", async () => {
        const cases: [CertManagerArgs | undefined, Record<string, string | undefined>][] = [
            [undefined, { SERVING_SECRET: "metrics-server-tls" }],
            [
                { issuer: { name: pulumi.output("company"), kind: "ClusterIssuer" } },
                {
                    SERVING_SECRET: "metrics-server-tls",
                    ISSUER: "ClusterIssuer company cert-manager.io",
                },
            ],
            [
                { secretName: "mine", caBundlePem: pulumi.output(SERVING_CA) },
                { SERVING_SECRET: "mine", SERVING_CA },
            ],
        ];
        for (const [certManager, expected] of cases) {
            const { resources } = await secure(certManager);
            for (const check of ["m-preflight", "m-metrics"]) {
                const {
                    SERVING_SECRET,
                    SERVING_CA: ca,
                    CERTIFICATE,
                    ISSUER: issuer,
                } = header(named(resources, check));
                assert.equal(CERTIFICATE, "metrics-server");
                assert.deepEqual(
                    { SERVING_SECRET, SERVING_CA: ca, ISSUER: issuer },
                    { SERVING_CA: undefined, ISSUER: undefined, ...expected },
                );
            }
        }
    });

    it("tell the outputs what is served and what cainjector has written", async () => {
        const stdout = JSON.stringify({
            nodes: 3,
            caBundle: base64(SERVING_CA),
            servingCertificate: {
                notBefore: "2126-01-01T00:00:00Z",
                notAfter: "2127-01-01T00:00:00Z",
            },
        });
        const { result } = await secure(undefined, {
            states: { "m-metrics": { stdout, stderr: "" } },
        });
        assert.equal(await valueOf(result.caBundle), base64(SERVING_CA));
        assert.equal(await valueOf(result.caNotAfter), "2126-10-31T18:42:02Z");
        assert.equal(await valueOf(result.servingCertificateNotAfter), "2127-01-01T00:00:00Z");
        // Cert-manager has had 15 days by then.
        assert.equal(await valueOf(result.renewalTime), "2126-12-17T00:00:00Z");
        assert.equal(await valueOf(result.certificateRequest), "");
    });

    it("tell nothing where nobody looked, or where what a node says has another form", async () => {
        const odd = [
            "",
            "garbage",
            '{"caBundle":7}',
            '{"caBundle":"bm8gY2VydGlmaWNhdGU="}',
            JSON.stringify({ caBundle: base64(SERVING_CA + SERVING_KEY) }),
        ];
        for (const stdout of odd) {
            const { result } = await secure(undefined, {
                states: { "m-metrics": { stdout, stderr: "" } },
            });
            const { caBundle, caNotAfter, servingCertificateNotAfter, renewalTime } = result;
            for (const each of [caBundle, caNotAfter, servingCertificateNotAfter, renewalTime]) {
                assert.equal(await valueOf(each), "", stdout);
            }
        }
    });
});
