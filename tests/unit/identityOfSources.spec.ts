import assert from "node:assert/strict";
import {
    CertificateSource,
    MetricsServer,
    SecureMetricsServer,
    ServingCertificate,
} from "../../index";
import { UNDER_CA } from "./support/certificateSources";
import { SERVING, SERVING_CA, SERVING_KEY } from "./support/certificates";
import { NODES, SERVING_CERTIFICATE, SSH } from "./support/fixtures";
import {
    APPROVAL,
    component,
    identitiesOf,
    KUBELET_CHILDREN,
    METRICS_SERVER_CHILDREN,
    SERVING_CERTIFICATE_CHILDREN,
} from "./support/identities";

describe("the identity of every resource, by where the certificate comes from,", () => {
    it("is frozen for ServingCertificate with a given CA: the names of an own one without the CA", async () => {
        assert.deepEqual(
            await identitiesOf(
                () => new ServingCertificate("x", { ...SERVING_CERTIFICATE, ...UNDER_CA }),
            ),
            component(
                "ServingCertificate",
                SERVING_CERTIFICATE_CHILDREN.filter((child) => !/ x-ca-/.test(child)),
            ).sort(),
        );
    });

    it("is frozen for ServingCertificate with a given certificate: key and request, or nothing", async () => {
        const names = { serviceName: "metrics-server", namespace: "kube-system" };
        const given = { certificatePem: SERVING, caCertificatePem: SERVING_CA };
        const source = CertificateSource.Given;
        const states = { "x-key": { privateKeyPem: "x", privateKeyPemPkcs8: SERVING_KEY } };
        assert.deepEqual(
            await identitiesOf(
                () => new ServingCertificate("x", { ...names, source, given }),
                states,
            ),
            component(
                "ServingCertificate",
                SERVING_CERTIFICATE_CHILDREN.filter((child) => / x-(key|request) /.test(child)),
            ).sort(),
        );
        const whole = { ...given, privateKeyPem: SERVING_KEY };
        assert.deepEqual(
            await identitiesOf(
                () => new ServingCertificate("x", { ...names, source, given: whole }),
            ),
            component("ServingCertificate", []),
        );
    });

    it("is frozen for SecureMetricsServer with a Secret of somebody else's: no certificate and no Secret", async () => {
        const settings = {
            source: CertificateSource.ExistingSecret,
            existingSecret: { name: "from-elsewhere", caCertificatePem: SERVING_CA },
        };
        assert.deepEqual(
            await identitiesOf(
                () =>
                    new SecureMetricsServer("x", {
                        nodes: NODES,
                        ssh: SSH,
                        servingCertificate: settings,
                    }),
            ),
            [
                ...component("SecureMetricsServer", [
                    "command:remote:Command x-preflight < x",
                    "command:remote:Command x-metrics < x",
                ]),
                ...component(
                    "KubeletServingCertificates",
                    [...KUBELET_CHILDREN, ...APPROVAL],
                    "x-kubelets",
                    "x",
                ),
                ...component(
                    "MetricsServer",
                    METRICS_SERVER_CHILDREN.filter((child) => !child.includes("Secret ")),
                    "x-metrics-server",
                    "x",
                ),
            ].sort(),
        );
    });

    it("is frozen for SecureMetricsServer with the cluster's CA: key and request of the others, what tells the end, and one command", async () => {
        const servingCertificate = { source: CertificateSource.ClusterCa };
        assert.deepEqual(
            await identitiesOf(
                () => new SecureMetricsServer("x", { nodes: NODES, ssh: SSH, servingCertificate }),
            ),
            [
                ...component("SecureMetricsServer", [
                    "command:remote:Command x-cluster-ca < x",
                    "command:remote:Command x-preflight < x",
                    "command:remote:Command x-metrics < x",
                ]),
                ...component(
                    "ServingCertificate",
                    [
                        ...SERVING_CERTIFICATE_CHILDREN.filter((child) =>
                            / x-(key|request) /.test(child),
                        ),
                        "tls:index/selfSignedCert:SelfSignedCert x-validity < x",
                    ],
                    "x-serving-certificate",
                    "x",
                ),
                ...component(
                    "KubeletServingCertificates",
                    [...KUBELET_CHILDREN, ...APPROVAL],
                    "x-kubelets",
                    "x",
                ),
                ...component("MetricsServer", METRICS_SERVER_CHILDREN, "x-metrics-server", "x"),
            ].sort(),
        );
    });

    const ISSUED = [
        "kubernetes:cert-manager.io/v1:Certificate x-ca-certificate < x",
        "kubernetes:cert-manager.io/v1:Certificate x-certificate < x",
        "kubernetes:cert-manager.io/v1:Issuer x-ca-issuer < x",
        "kubernetes:cert-manager.io/v1:Issuer x-selfsigned-issuer < x",
    ];

    it("is frozen for SecureMetricsServer with cert-manager: its objects, and what deletes its Secrets", async () => {
        const servingCertificate = { source: CertificateSource.CertManager };
        assert.deepEqual(
            await identitiesOf(
                () => new SecureMetricsServer("x", { nodes: NODES, ssh: SSH, servingCertificate }),
            ),
            [
                ...component("SecureMetricsServer", [
                    "command:remote:Command x-preflight < x",
                    "command:remote:Command x-cert-manager-secrets < x",
                    "command:remote:Command x-metrics < x",
                ]),
                ...component(
                    "KubeletServingCertificates",
                    [...KUBELET_CHILDREN, ...APPROVAL],
                    "x-kubelets",
                    "x",
                ),
                ...component(
                    "MetricsServer",
                    [
                        ...METRICS_SERVER_CHILDREN.filter((child) => !child.includes("Secret ")),
                        ...ISSUED,
                    ],
                    "x-metrics-server",
                    "x",
                ),
            ].sort(),
        );
    });

    it("is frozen for MetricsServer with a user's issuer of cert-manager", async () => {
        const certManager = { issuer: { name: "company" } };
        assert.deepEqual(
            await identitiesOf(() => new MetricsServer("x", { certManager })),
            component("MetricsServer", [
                ...METRICS_SERVER_CHILDREN.filter((child) => !child.includes("Secret ")),
                ...ISSUED.filter((child) => child.includes(" x-certificate ")),
            ]).sort(),
        );
    });
});
