import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { CsrApprovalMode, MetricsServer, SecureMetricsServer } from "../../index";
import { base64 } from "../../components/shared/pem";
import { otherCa } from "../scripts/support/certificates";
import { alone, issued, refusedBy, secure, settings } from "./support/certManager";
import { SERVING_CA } from "./support/certificates";
import { METRICS_SERVER, NODES, SSH } from "./support/fixtures";
import { named, waitsFor } from "./support/find";
import { record, valueOf } from "./support/mocks";
import { pem } from "./support/providerStates";
import type { Plain } from "./support/recorded";

const NAME = "metrics-server.kube-system.svc";
const LABELS = {
    "k8s-app": "metrics-server",
    "app.kubernetes.io/managed-by": "secure-metrics-server",
    "app.kubernetes.io/part-of": "secure-metrics-server",
};
const TEMPLATE = {
    labels: { ...LABELS, "app.kubernetes.io/component": "cert-manager-secret" },
};
const READY = { "pulumi.com/waitFor": "condition=Ready" };
const ISSUER = { name: "company" };

describe("a certificate that cert-manager issues", () => {
    it("comes without an issuer from a CA of its own in kube-system, whose key a renewal keeps", async () => {
        const { resources } = await alone({});
        const objects = issued(resources).map(({ name, type }) => `${type} ${name}`);
        assert.deepEqual(objects.sort(), [
            "kubernetes:cert-manager.io/v1:Certificate m-ca-certificate",
            "kubernetes:cert-manager.io/v1:Certificate m-certificate",
            "kubernetes:cert-manager.io/v1:Issuer m-ca-issuer",
            "kubernetes:cert-manager.io/v1:Issuer m-selfsigned-issuer",
        ]);
        const metadata = (name: string): object => ({
            name,
            namespace: "kube-system",
            labels: LABELS,
            annotations: READY,
        });
        assert.deepEqual(named(resources, "m-selfsigned-issuer").inputs, {
            apiVersion: "cert-manager.io/v1",
            kind: "Issuer",
            metadata: metadata("metrics-server-selfsigned"),
            spec: { selfSigned: {} },
        });
        assert.deepEqual(named(resources, "m-ca-certificate").inputs, {
            apiVersion: "cert-manager.io/v1",
            kind: "Certificate",
            metadata: metadata("metrics-server-ca"),
            spec: {
                isCA: true,
                secretName: "metrics-server-ca",
                secretTemplate: TEMPLATE,
                commonName: "metrics-server-ca",
                subject: { organizations: ["kube-system"] },
                usages: ["cert sign", "crl sign"],
                privateKey: {
                    algorithm: "ECDSA",
                    size: 256,
                    encoding: "PKCS8",
                    rotationPolicy: "Never",
                },
                duration: "87600h0m0s",
                renewBefore: "8760h0m0s",
                issuerRef: {
                    name: "metrics-server-selfsigned",
                    kind: "Issuer",
                    group: "cert-manager.io",
                },
            },
        });
        assert.deepEqual(named(resources, "m-ca-issuer").inputs["spec"], {
            ca: { secretName: "metrics-server-ca" },
        });
        assert.deepEqual(named(resources, "m-certificate").inputs, {
            apiVersion: "cert-manager.io/v1",
            kind: "Certificate",
            metadata: metadata("metrics-server"),
            spec: {
                secretName: "metrics-server-tls",
                secretTemplate: TEMPLATE,
                commonName: NAME,
                dnsNames: [
                    NAME,
                    "metrics-server",
                    "metrics-server.kube-system",
                    `${NAME}.cluster.local`,
                ],
                usages: ["digital signature", "server auth"],
                privateKey: {
                    algorithm: "ECDSA",
                    size: 256,
                    encoding: "PKCS8",
                    rotationPolicy: "Always",
                },
                duration: "8760h0m0s",
                renewBefore: "720h0m0s",
                issuerRef: { name: "metrics-server-ca", kind: "Issuer", group: "cert-manager.io" },
            },
        });
    });

    it("comes from the issuer that is named, and from nothing of ours", async () => {
        const { resources } = await alone({ issuer: ISSUER, secretName: "mine" });
        assert.deepEqual(
            issued(resources).map(({ name }) => name),
            ["m-certificate"],
        );
        const spec = named(resources, "m-certificate").inputs["spec"] as Record<string, Plain>;
        assert.deepEqual(spec["issuerRef"], {
            name: "company",
            kind: "Issuer",
            group: "cert-manager.io",
        });
        assert.equal(spec["secretName"], "mine");
        const other = await alone({
            issuer: { name: pulumi.output("ca"), kind: "AWSPCAIssuer", group: "awspca.example" },
        });
        const { issuerRef } = named(other.resources, "m-certificate").inputs["spec"] as {
            issuerRef: object;
        };
        assert.deepEqual(issuerRef, { name: "ca", kind: "AWSPCAIssuer", group: "awspca.example" });
    });

    it("never makes a ClusterIssuer, nor a Secret, nor a key", async () => {
        const { resources } = await secure();
        assert.deepEqual(
            resources.filter(({ type }) => /ClusterIssuer|:Secret$|^tls:|:ServingC/.test(type)),
            [],
        );
    });

    it("is ready before the pods mount it by name, and goes before what deletes its Secret", async () => {
        const { resources } = await secure();
        const after = waitsFor(resources, "m-metrics-server-deployment");
        for (const name of ["certificate", "ca-issuer", "ca-certificate", "selfsigned-issuer"]) {
            assert.ok(after.has(`m-metrics-server-${name}`), name);
        }
        const certificate = waitsFor(resources, "m-metrics-server-certificate");
        assert.ok(certificate.has("m-cert-manager-secrets"));
        assert.ok(waitsFor(resources, "m-cert-manager-secrets").has("m-preflight"));
        const { spec } = named(resources, "m-metrics-server-deployment").inputs as unknown as {
            spec: { template: { spec: { volumes: Record<string, Plain>[] } } };
        };
        assert.deepEqual(spec.template.spec.volumes[1]?.["secret"], {
            secretName: "metrics-server-tls",
            defaultMode: 0o440,
        });
    });

    it("has nothing deleted where there is no control plane to do it from", async () => {
        const { resources } = await record(
            () =>
                new SecureMetricsServer("m", {
                    nodes: { w1: NODES.w1 },
                    ssh: SSH,
                    csrApproval: { mode: CsrApprovalMode.External },
                    servingCertificate: settings(),
                }),
        );
        assert.deepEqual(
            resources.filter(({ name }) => name === "m-cert-manager-secrets"),
            [],
        );
    });
});

describe("the caBundle of a certificate that cert-manager issues", () => {
    it("is cainjector's: the program asks for it and says nothing of it", async () => {
        const { result, resources } = await alone({});
        const { metadata, spec } = named(resources, "m-api-service").inputs as unknown as {
            metadata: { annotations: object };
            spec: object;
        };
        assert.deepEqual(metadata.annotations, {
            "cert-manager.io/inject-ca-from": "kube-system/metrics-server",
        });
        assert.ok(!("caBundle" in spec));
        assert.equal(await valueOf(result.caBundle), "");
    });

    it("is the program's where that gives one, which cainjector then leaves alone", async () => {
        const { result, resources } = await alone({ caBundlePem: SERVING_CA });
        const { metadata, spec } = named(resources, "m-api-service").inputs as unknown as {
            metadata: { annotations: object };
            spec: { caBundle: string };
        };
        assert.deepEqual(metadata.annotations, { "pulumi.com/patchForce": "true" });
        assert.equal(spec.caBundle, base64(SERVING_CA));
        assert.equal(await valueOf(result.caBundle), base64(SERVING_CA));
    });

    it("may have further CAs only beside the program's own", async () => {
        const additionalCaPem = otherCa().certificate;
        const { result } = await secure({ caBundlePem: SERVING_CA }, { more: { additionalCaPem } });
        assert.equal(await valueOf(result.caBundle), base64(SERVING_CA + additionalCaPem));
        const own = await secure({ caBundlePem: SERVING_CA }, { more: { includeOwnCa: true } });
        assert.equal(
            await valueOf(own.result.caBundle),
            base64(SERVING_CA + pem("m-serving-certificate-ca-1")),
        );
        assert.match(
            (await refusedBy({}, { includeOwnCa: true })).join("\n"),
            /^includeOwnCa is set, and cainjector writes caBundle;/,
        );
        assert.deepEqual(await refusedBy({}, { additionalCaPem }), [
            "additionalCaPem is set, and cainjector writes caBundle; expected it beside certManager.caBundlePem only; next: remove additionalCaPem, or give the CA in certManager.caBundlePem",
        ]);
    });

    it("is not asked for where the package or somebody else keeps the certificate", async () => {
        const { resources } = await record(() => new MetricsServer("m", METRICS_SERVER));
        const { metadata } = named(resources, "m-api-service").inputs;
        assert.ok(!("annotations" in (metadata as object)));
    });
});
