import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
    CertificateSource,
    MetricsServer,
    SecureMetricsServer,
    ServingCertificate,
} from "../../index";
import { problems } from "./support/certificateSources";
import { issued, refusedBy, settings } from "./support/certManager";
import { SERVING } from "./support/certificates";
import { foreign, METRICS_SERVER, NODES, SSH } from "./support/fixtures";
import { toldLate } from "./support/late";
import { unknown } from "./support/mocks";

const UNSEEN = "expected a lower-case DNS name; it is not shown, since a key may have got there";

describe("what cert-manager is to do is refused", () => {
    it("with names, kinds and CAs that are none", async () => {
        assert.deepEqual(
            await refusedBy({
                issuer: { name: "My Issuer", kind: "Issuers", group: "-" },
                secretName: "TLS",
                caBundlePem: "none",
            }),
            [
                `certManager.secretName is no name of a Secret; ${UNSEEN}`,
                `certManager.issuer.name is no name of an issuer; ${UNSEEN}`,
                `certManager.issuer.group is no name of an API group; ${UNSEEN}`,
                "certManager.caBundlePem has no PEM certificate; expected CA certificates, PEM",
            ],
        );
        assert.deepEqual(await refusedBy({ issuer: { name: "a", kind: "Issuers" } }), [
            "certManager.issuer.kind is none of cert-manager's; expected Issuer or ClusterIssuer, or certManager.issuer.group of another issuer",
        ]);
        assert.deepEqual(
            await refusedBy({ issuer: { name: "a", kind: "a b", group: "example.com" } }),
            [
                "certManager.issuer.kind is no kind; expected one of certManager.issuer.group: letters and digits",
            ],
        );
        const [line = ""] = await refusedBy({ caBundlePem: SERVING });
        assert.match(line, /^certManager\.caBundlePem: certificate 1 .* is no CA certificate;/);
    });

    it("with the name of the CA's Secret for the certificate's", async () => {
        assert.deepEqual(await refusedBy({ secretName: "metrics-server-ca" }), [
            'certManager.secretName is "metrics-server-ca", where the CA of the package\'s own has its key; expected another name',
        ]);
    });

    it("with an issuer that the package itself makes, and takes away with that run", async () => {
        assert.deepEqual(await refusedBy({ issuer: { name: "metrics-server-ca" } }), [
            'certManager.issuer.name is "metrics-server-ca", which the package makes where no issuer is given; expected one of somebody else\'s; next: remove certManager.issuer, or name another one',
        ]);
        assert.deepEqual(
            await refusedBy({ issuer: { name: "metrics-server-ca", kind: "ClusterIssuer" } }),
            [],
        );
    });

    it("but not a kind of a group that is not known yet", async () => {
        const issuer = { name: "a", kind: "AWSPCAClusterIssuer" };
        const group = unknown<string>();
        assert.deepEqual(await refusedBy({ issuer: { ...issuer, group } }), []);
    });

    it("with what belongs to another source, or is no argument", async () => {
        assert.deepEqual(await refusedBy(undefined, { validityHours: 48 }), [
            'validityHours belongs to source own, givenCa or clusterCa, and source is certManager; expected it not to be set; next: remove validityHours, or set source to "own"',
        ]);
        assert.deepEqual(
            await refusedBy({}, { source: CertificateSource.Own, renewBeforeHours: 24 }),
            [
                'certManager belongs to source certManager, and source is own; expected it not to be set; next: remove certManager, or set source to "certManager"',
            ],
        );
        const [line = ""] = await refusedBy({ issuer: { name: "a", namespace: "b" } });
        assert.match(line, /certManager\.issuer\.namespace is no argument;/);
    });

    it("by ServingCertificate, which would have nothing to make", async () => {
        const found = await problems(
            () =>
                new ServingCertificate("s", {
                    serviceName: "a",
                    namespace: "b",
                    source: CertificateSource.CertManager,
                }),
        );
        assert.deepEqual(found, [
            'source is "certManager", and there is nothing to make; expected own, givenCa or given; next: make a Certificate of cert-manager\'s',
        ]);
    });

    it("by MetricsServer alone beside another certificate, and a certificate is still needed", async () => {
        const beside = { ...METRICS_SERVER, secretName: "from-elsewhere", certManager: {} };
        assert.deepEqual(
            await problems(() => new MetricsServer("m", beside)),
            ["certificatePem", "privateKeyPem", "secretName", "caBundle"].map(
                (at) =>
                    `${at} and certManager are both set; expected one of them; next: remove ${at}`,
            ),
        );
        assert.deepEqual(await problems(() => new MetricsServer("m", {})), [
            "certificatePem is missing; expected a value, or secretName or certManager instead",
            "privateKeyPem is missing; expected a value, or secretName or certManager instead",
            "caBundle is missing; expected a value, or certManager instead",
        ]);
    });

    it("when it becomes known late, before any node is touched", async () => {
        const late = {
            issuer: { name: pulumi.output("My Issuer") },
            caBundlePem: pulumi.output(SERVING),
        };
        const { errors, resources } = await toldLate(
            () =>
                new SecureMetricsServer("m", {
                    nodes: NODES,
                    ssh: SSH,
                    servingCertificate: settings(late),
                }),
        );
        assert.match(errors.join("\n"), /SecureMetricsServer "m": 2 problems/);
        assert.deepEqual(
            resources.filter(({ name }) => /-node-|certificate$|deployment$/.test(name)),
            [],
        );
        const single = await toldLate(
            () => new MetricsServer("m", { certManager: { issuer: late.issuer } }),
        );
        assert.match(single.errors.join("\n"), /certManager\.issuer\.name is no name of an issuer/);
        assert.deepEqual(issued(single.resources), []);
    });

    it("with an annotation of the program that cainjector would follow elsewhere", async () => {
        const [line = ""] = await problems(
            () =>
                new MetricsServer("m", {
                    certManager: {},
                    apiServiceAnnotations: { "cert-manager.io/inject-ca-from": "a/b" },
                }),
        );
        assert.match(line, /a controller would write another caBundle/);
    });

    it("with values that are of another type", async () => {
        const [line = ""] = await refusedBy({ issuer: foreign("company") });
        assert.match(line, /certManager\.issuer/);
    });
});
