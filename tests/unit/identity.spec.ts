import assert from "node:assert/strict";
import {
    CertificateSource,
    CsrApprovalMode,
    KubeletServingCertificates,
    MetricsServer,
    SecureMetricsServer,
    ServingCertificate,
    ServingSecret,
} from "../../index";
import {
    HOST_KEYS,
    METRICS_SERVER,
    NODES,
    SERVING_CERTIFICATE,
    SERVING_SECRET,
    SSH,
} from "./support/fixtures";
import { record } from "./support/mocks";
import { COMPANY_CA } from "./support/cases";
import { KUBELET_CA, SERVING, SERVING_CA, SERVING_KEY } from "./support/certificates";

// A resource's type, name and parents are its identity: changing one deletes the resource and makes another on every
// cluster that runs this package. So these lists change only with an alias, a note in the changelog and a major version.

const RBAC = "kubernetes:rbac.authorization.k8s.io/v1:";

const SERVING_CERTIFICATE_CHILDREN = [
    "tls:index/certRequest:CertRequest x-request < x",
    "tls:index/locallySignedCert:LocallySignedCert x-certificate < x",
    "tls:index/privateKey:PrivateKey x-ca-key-1 < x",
    "tls:index/privateKey:PrivateKey x-key < x",
    "tls:index/selfSignedCert:SelfSignedCert x-ca-1 < x",
];

const METRICS_SERVER_CHILDREN = [
    "kubernetes:apiregistration.k8s.io/v1:APIService x-api-service < x",
    "kubernetes:apps/v1:Deployment x-deployment < x",
    "kubernetes:core/v1:Secret x-tls < x",
    "kubernetes:core/v1:Service x-service < x",
    "kubernetes:core/v1:ServiceAccount x-service-account < x",
    "kubernetes:policy/v1:PodDisruptionBudget x-disruption-budget < x",
    `${RBAC}ClusterRole x-aggregated-reader < x`,
    `${RBAC}ClusterRole x-role < x`,
    `${RBAC}ClusterRoleBinding x-auth-delegator < x`,
    `${RBAC}ClusterRoleBinding x-binding < x`,
    `${RBAC}RoleBinding x-auth-reader < x`,
];

const KUBELET_CHILDREN = [
    "command:remote:Command x-kubelet-config < x",
    "command:remote:Command x-node-cp1 < x",
    "command:remote:Command x-node-w1 < x",
    "command:remote:Command x-node-w2 < x",
    "command:remote:Command x-verification < x",
];

const APPROVAL = ["command:remote:Command x-csr-approval-cp1 < x"];

const CONTROLLER = [
    "kubernetes:apps/v1:Deployment x-csr-approver-deployment < x",
    "kubernetes:core/v1:ServiceAccount x-csr-approver-service-account < x",
    `${RBAC}ClusterRole x-csr-approver-role < x`,
    `${RBAC}ClusterRoleBinding x-csr-approver-binding < x`,
    `${RBAC}Role x-csr-approver-lease-role < x`,
    `${RBAC}RoleBinding x-csr-approver-lease-binding < x`,
];

const UNDER_CA = {
    source: CertificateSource.GivenCa,
    givenCa: { certificatePem: COMPANY_CA.certificate, privateKeyPem: COMPANY_CA.key },
};

/** Every resource as `type name < parent`, sorted. */
async function identitiesOf(
    program: () => unknown,
    states: Record<string, object> = {},
): Promise<string[]> {
    const { resources } = await record(program, { states });
    return resources
        .map(({ type, name, parent }) => `${type} ${name} < ${parent ?? ""}`.trimEnd())
        .sort();
}

/** The component itself and its children, under another name and below a parent. */
function component(type: string, children: string[], name = "x", parent = ""): string[] {
    const own = `secure-metrics-server:index:${type} ${name} < ${parent}`.trimEnd();
    const renamed = children.map((child) => child.replace(/ x(-\S+) < x$/, ` ${name}$1 < ${name}`));
    return [own, ...renamed];
}

describe("the identity of every resource", () => {
    it("is frozen for ServingCertificate", async () => {
        assert.deepEqual(
            await identitiesOf(() => new ServingCertificate("x", SERVING_CERTIFICATE)),
            component("ServingCertificate", SERVING_CERTIFICATE_CHILDREN).sort(),
        );
    });

    it("is frozen for ServingCertificate with several CA keys, which keep theirs when others come and go", async () => {
        const settings = { caKeyGenerations: ["1", "2"], activeCaKeyGeneration: "2" };
        assert.deepEqual(
            await identitiesOf(
                () => new ServingCertificate("x", { ...SERVING_CERTIFICATE, ...settings }),
            ),
            component("ServingCertificate", [
                ...SERVING_CERTIFICATE_CHILDREN,
                "tls:index/privateKey:PrivateKey x-ca-key-2 < x",
                "tls:index/selfSignedCert:SelfSignedCert x-ca-2 < x",
            ]).sort(),
        );
    });

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

    it("is frozen for ServingSecret", async () => {
        assert.deepEqual(
            await identitiesOf(() => new ServingSecret("x", SERVING_SECRET)),
            component("ServingSecret", ["kubernetes:core/v1:Secret x-tls < x"]).sort(),
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

    it("is frozen for MetricsServer", async () => {
        assert.deepEqual(
            await identitiesOf(() => new MetricsServer("x", METRICS_SERVER)),
            component("MetricsServer", METRICS_SERVER_CHILDREN).sort(),
        );
    });

    it("is frozen for MetricsServer with one pod and a CA for kubelets of its own", async () => {
        const settings = { replicas: 1, kubeletCa: KUBELET_CA };
        assert.deepEqual(
            await identitiesOf(() => new MetricsServer("x", { ...METRICS_SERVER, ...settings })),
            component("MetricsServer", [
                ...METRICS_SERVER_CHILDREN.filter((child) => !child.includes("disruption")),
                "kubernetes:core/v1:ConfigMap x-kubelet-ca < x",
            ]).sort(),
        );
    });

    const modes: [CsrApprovalMode, string[]][] = [
        [CsrApprovalMode.ControlPlane, APPROVAL],
        [CsrApprovalMode.Controller, CONTROLLER],
        [CsrApprovalMode.External, []],
    ];
    for (const [mode, approval] of modes) {
        it(`is frozen for KubeletServingCertificates in mode ${mode}`, async () => {
            const args = { nodes: NODES, ssh: SSH, csrApproval: { mode } };
            assert.deepEqual(
                await identitiesOf(() => new KubeletServingCertificates("x", args)),
                component("KubeletServingCertificates", [...KUBELET_CHILDREN, ...approval]).sort(),
            );
        });
    }

    it("is frozen for KubeletServingCertificates with several control planes: approval on each, the rest on the first", async () => {
        const cp2 = { ...NODES.cp1, host: "10.0.0.21", hostKey: HOST_KEYS.cp2 };
        assert.deepEqual(
            await identitiesOf(
                () => new KubeletServingCertificates("x", { nodes: { ...NODES, cp2 }, ssh: SSH }),
            ),
            component("KubeletServingCertificates", [
                ...KUBELET_CHILDREN,
                ...APPROVAL,
                "command:remote:Command x-csr-approval-cp2 < x",
                "command:remote:Command x-node-cp2 < x",
            ]).sort(),
        );
    });

    it("is frozen for KubeletServingCertificates without a control plane: nothing but the nodes", async () => {
        const args = { nodes: { w1: NODES.w1 }, csrApproval: { mode: CsrApprovalMode.External } };
        assert.deepEqual(
            await identitiesOf(() => new KubeletServingCertificates("x", args)),
            component("KubeletServingCertificates", [
                "command:remote:Command x-node-w1 < x",
            ]).sort(),
        );
    });

    it("is frozen for SecureMetricsServer, which adds two checks to the other three", async () => {
        assert.deepEqual(
            await identitiesOf(() => new SecureMetricsServer("x", { nodes: NODES, ssh: SSH })),
            [
                ...component("SecureMetricsServer", [
                    "command:remote:Command x-preflight < x",
                    "command:remote:Command x-metrics < x",
                ]),
                ...component(
                    "ServingCertificate",
                    SERVING_CERTIFICATE_CHILDREN,
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

    it("is the same in a preview as in the update that follows", async () => {
        const program = () => new SecureMetricsServer("x", { nodes: NODES, ssh: SSH });
        const { resources } = await record(program, { preview: true });
        assert.deepEqual(
            resources
                .map(({ type, name, parent }) => `${type} ${name} < ${parent ?? ""}`.trimEnd())
                .sort(),
            await identitiesOf(program),
        );
    });
});
