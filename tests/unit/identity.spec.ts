import assert from "node:assert/strict";
import {
    CsrApprovalMode,
    KubeletServingCertificates,
    MetricsServer,
    SecureMetricsServer,
    ServingCertificate,
    ServingSecret,
} from "../../index";
import { KUBELET_CA } from "./support/certificates";
import {
    HOST_KEYS,
    METRICS_SERVER,
    NODES,
    SERVING_CERTIFICATE,
    SERVING_SECRET,
    SSH,
} from "./support/fixtures";
import {
    APPROVAL,
    component,
    CONTROLLER,
    identitiesOf,
    KUBELET_CHILDREN,
    METRICS_SERVER_CHILDREN,
    SERVING_CERTIFICATE_CHILDREN,
} from "./support/identities";
import { record } from "./support/mocks";

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

    it("is frozen for ServingSecret", async () => {
        assert.deepEqual(
            await identitiesOf(() => new ServingSecret("x", SERVING_SECRET)),
            component("ServingSecret", ["kubernetes:core/v1:Secret x-tls < x"]).sort(),
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
