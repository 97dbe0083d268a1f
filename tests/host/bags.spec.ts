import assert from "node:assert/strict";
import { NODES, SERVING_CERTIFICATE, SSH } from "../unit/support/fixtures";
import type { Construct } from "./support/construct";
import { made } from "./support/shared";

const cluster = { nodes: NODES, ssh: SSH };

async function registeredWith(component: string, inputs: object): Promise<unknown> {
    const asked: Construct = { component, inputs };
    const { registered, state } = await made(asked);
    return {
        state,
        registered: registered.map(({ name, inputs }) => ({ name, inputs })).sort(byName),
    };
}

function byName(a: { name: string }, b: { name: string }): number {
    return a.name < b.name ? -1 : 1;
}

describe("a property bag", () => {
    it("may send null for whatever is not set, as Python and YAML do", async () => {
        assert.deepEqual(
            await registeredWith("SecureMetricsServer", {
                nodes: { ...NODES, w1: { ...NODES.w1, role: null, addresses: null, ssh: null } },
                ssh: { ...SSH, port: null, bastion: null, privateKeyPassphrase: null },
                csrApproval: { mode: null, intervalSeconds: null },
                maxUnavailable: null,
                onRemove: null,
                driftDetection: null,
                metricsServer: {
                    kubeletCa: null,
                    image: null,
                    replicas: null,
                    tolerations: null,
                    placement: null,
                    requestHeader: null,
                    podLabels: null,
                    extraVolumes: null,
                },
                servingCertificate: null,
            }),
            await registeredWith("SecureMetricsServer", cluster),
        );
    });

    it("gets the documented defaults for what it leaves out", async () => {
        assert.deepEqual(
            await registeredWith("SecureMetricsServer", {
                nodes: {
                    cp1: { ...NODES.cp1, addresses: ["10.0.0.11"] },
                    w1: { ...NODES.w1, role: "worker" },
                    w2: { ...NODES.w2, ssh: {} },
                },
                ssh: { port: 22, ...SSH },
                csrApproval: { mode: "controlPlane", intervalSeconds: 60, timeoutSeconds: 300 },
                maxUnavailable: 1,
                onRemove: "retain",
                driftDetection: false,
                metricsServer: {
                    kubernetesVersion: "1.34",
                    imageRegistry: "registry.k8s.io",
                    imagePullSecrets: [],
                    replicas: 2,
                    priorityClassName: "system-cluster-critical",
                    hostNetwork: false,
                    metricResolutionSeconds: 15,
                    extraArgs: [],
                    tlsMinVersion: "VersionTLS13",
                    tlsCipherSuites: [],
                    nodeSelector: { "kubernetes.io/os": "linux" },
                    placement: "anywhere",
                    topologySpreadConstraints: [],
                    extraVolumes: {},
                },
                servingCertificate: {
                    validityHours: 8760,
                    renewBeforeHours: 720,
                    caValidityHours: 87600,
                    caRenewBeforeHours: 8760,
                    caKeyGenerations: ["1"],
                    activeCaKeyGeneration: "1",
                },
            }),
            await registeredWith("SecureMetricsServer", cluster),
        );
    });

    it("gets a renewal window and slots of its own when it sets them", async () => {
        assert.notDeepEqual(
            await registeredWith("ServingCertificate", {
                ...SERVING_CERTIFICATE,
                validityHours: 48,
                renewBeforeHours: 12,
            }),
            await registeredWith("ServingCertificate", SERVING_CERTIFICATE),
        );
    });
});
