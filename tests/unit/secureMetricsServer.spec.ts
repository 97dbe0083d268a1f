import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { log } from "@pulumi/pulumi";
import {
    CsrApprovalMode,
    SecureMetricsServer,
    ServingCertificate,
    TlsVersion,
    type CertificateSettingsArgs,
    type SecureMetricsServerArgs,
} from "../../index";
import { RELEASES } from "../../components/metrics-server/releases";
import { KUBELET_CA } from "./support/certificates";
import { DEFAULT_IMAGE, NODES, SERVING_CERTIFICATE, SSH } from "./support/fixtures";
import { commands, header, named, waitsFor } from "./support/find";
import { once, record, valueOf, type Recorded, type Run } from "./support/mocks";
import { NODE_NOT_AFTER, pem } from "./support/providerStates";
import type { Plain } from "./support/recorded";

function run(args: Partial<SecureMetricsServerArgs>): Promise<Run<SecureMetricsServer>> {
    return record(() => new SecureMetricsServer("m", { nodes: NODES, ssh: SSH, ...args }));
}

/** The run with nothing but the nodes and a login, which several tests look at. */
const plain = once(() => run({}));

/** The spec of the Deployment. */
function deploymentOf(resources: Recorded[]): { replicas: number; tolerations: Plain | undefined } {
    const { spec } = named(resources, "m-metrics-server-deployment").inputs as unknown as {
        spec: { replicas: number; template: { spec: Record<string, Plain> } };
    };
    return { replicas: spec.replicas, tolerations: spec.template.spec["tolerations"] };
}

/** Objects that the provider of Kubernetes makes. */
function inCluster({ type, name }: Recorded): boolean {
    return type.startsWith("kubernetes:") && name !== "m-kube-system";
}

function sha256(value: string): string {
    return createHash("sha256").update(value).digest("hex");
}

describe("SecureMetricsServer", () => {
    const BUNDLE = Buffer.from(pem("m-serving-certificate-ca-1")).toString("base64");

    it("makes its certificate for the name that the API server verifies and trusts it there", async () => {
        const { result, resources } = await plain();
        const { spec } = named(resources, "m-metrics-server-api-service").inputs as {
            spec: Record<string, Plain>;
        };
        const request = named(resources, "m-serving-certificate-request").inputs;
        assert.deepEqual(request["subject"], { commonName: "metrics-server.kube-system.svc" });
        assert.equal(spec["caBundle"], BUNDLE);
        assert.equal(await valueOf(result.caBundle), BUNDLE);
        assert.equal(await valueOf(result.serviceName), "metrics-server.kube-system.svc");
        assert.equal(await valueOf(result.servingCertificateNotAfter), "2027-06-01T00:00:00Z");
        assert.equal(await valueOf(result.caNotAfter), "2036-01-01T00:00:00Z");
        assert.equal((await valueOf(result.kubeletNotAfter))?.["w2"], NODE_NOT_AFTER);
        assert.deepEqual(Object.keys((await valueOf(result.nodeResults)) ?? {}).sort(), [
            "cp1",
            "w1",
            "w2",
        ]);
    });

    it("ends with a check that runs again when the bundle, the certificate, the image, the pods or the nodes change", async () => {
        const { resources } = await plain();
        const { PODS_SHA256, ...settings } = header(named(resources, "m-metrics"));
        assert.match(PODS_SHA256 ?? "", /^[0-9a-f]{64}$/);
        assert.deepEqual(settings, {
            NODE_NAME: "cp1",
            INVENTORY: "cp1 10.0.0.11\nw1 10.0.0.12\nw2 10.0.0.13",
            CA_BUNDLE_SHA256: sha256(BUNDLE),
            CERTIFICATE_SHA256: sha256(
                pem("m-serving-certificate-certificate") + pem("m-serving-certificate-ca-1"),
            ),
            IMAGE: DEFAULT_IMAGE,
        });
    });

    it("looks at the cluster before it changes anything, with the release that it will run", async () => {
        const { resources } = await run({
            metricsServer: { kubernetesVersion: `1.${RELEASES[1].oldestMinor}` },
        });
        assert.deepEqual(header(named(resources, "m-preflight")), {
            NODE_NAME: "cp1",
            INVENTORY: "cp1 10.0.0.11\nw1 10.0.0.12\nw2 10.0.0.13",
            RELEASE: RELEASES[1].version,
            OLDEST_MINOR: String(RELEASES[1].oldestMinor),
            OLDEST_KUBERNETES: String(RELEASES.at(-1)?.oldestMinor),
            APPROVER_MINOR: "32",
        });
        const changes = resources.filter(
            ({ type, name }) => !type.startsWith("tls:") && !name.startsWith("m-serving"),
        );
        for (const { name, custom } of changes.filter((each) => each.name !== "m-preflight")) {
            assert.ok(!custom || waitsFor(resources, name).has("m-preflight"), name);
        }
    });

    it("tells the preflight which cluster the provider sees, so that a wrong context changes nothing", async () => {
        const { resources } = await record(
            () => new SecureMetricsServer("m", { nodes: NODES, ssh: SSH }),
            { states: { "m-kube-system": { metadata: { uid: "uid-of-b" } } } },
        );
        assert.equal(header(named(resources, "m-preflight"))["CLUSTER_UID"], "uid-of-b");
    });

    it("compares nothing where nobody says which cluster it is, such as the SDK's plain mocks", async () => {
        for (const state of [{}, { metadata: {} }, { metadata: { uid: undefined } }]) {
            const { resources } = await record(
                () => new SecureMetricsServer("m", { nodes: NODES, ssh: SSH }),
                { states: { "m-kube-system": state }, stock: true },
            );
            assert.equal(header(named(resources, "m-preflight"))["CLUSTER_UID"], undefined);
        }
    });

    it("tells the preflight when no network policy reaches metrics-server", async () => {
        const { resources } = await run({ metricsServer: { hostNetwork: true } });
        assert.equal(header(named(resources, "m-preflight"))["HOST_NETWORK"], "true");
    });

    it("looks for a foreign CSR controller only where it is going to install one", async () => {
        const names: Record<string, string | undefined> = {};
        for (const mode of Object.values(CsrApprovalMode)) {
            const { resources } = await run({ csrApproval: { mode } });
            names[mode] = header(named(resources, "m-preflight"))["CSR_CONTROLLER"];
        }
        assert.deepEqual(names, {
            controlPlane: undefined,
            controller: "kubelet-csr-approver",
            external: undefined,
        });
    });

    it("makes nothing in the cluster before the canary is done, and waits with all but the pods for no other node", async () => {
        const { resources } = await plain();
        for (const { name, type } of resources.filter(inCluster)) {
            const before = waitsFor(resources, name);
            const early = !/:(Deployment|APIService)$/.test(type);
            assert.ok(before.has("m-kubelets-node-w1"), name);
            assert.equal(before.has("m-kubelets-node-cp1"), !early, name);
        }
    });

    it("starts metrics-server only when every kubelet's certificate is verified", async () => {
        const { resources } = await plain();
        const before = waitsFor(resources, "m-metrics-server-deployment");
        assert.ok(before.has("m-kubelets-verification"));
    });

    it("waits as long where there is no worker, or nothing but workers", async () => {
        for (const nodes of [
            { cp1: NODES.cp1 },
            { w1: NODES.w1, w2: NODES.w2 },
        ] as SecureMetricsServerArgs["nodes"][]) {
            const { resources } = await run({
                nodes,
                csrApproval: { mode: CsrApprovalMode.External },
            });
            const [canary = ""] = Object.keys(nodes);
            const service = waitsFor(resources, "m-metrics-server-service");
            assert.ok(service.has(`m-kubelets-node-${canary}`), canary);
            const deployment = waitsFor(resources, "m-metrics-server-deployment");
            for (const node of Object.keys(nodes)) {
                assert.ok(deployment.has(`m-kubelets-node-${node}`), node);
            }
        }
    });

    it("registers the APIService after what it leads to, so that destroy takes it away first", async () => {
        const { resources } = await plain();
        const before = waitsFor(resources, "m-metrics-server-api-service");
        for (const { name, type } of resources) {
            const leads = /:(Deployment|Service|ServiceAccount|Secret|\w*Role\w*)$/.test(type);
            assert.ok(!leads || before.has(name), name);
        }
        const check = waitsFor(resources, "m-metrics");
        assert.ok(check.has("m-metrics-server-api-service"));
    });

    it("hands on what it waits for itself", async () => {
        const { resources } = await record(() => {
            const first = new ServingCertificate("first", SERVING_CERTIFICATE);
            return new SecureMetricsServer("m", { nodes: NODES, ssh: SSH }, { dependsOn: [first] });
        });
        for (const { name } of commands(resources)) {
            assert.ok(waitsFor(resources, name).has("first-certificate"), name);
        }
    });

    it("never lets settings replace the name that the API server verifies", async () => {
        const smuggled = { serviceName: "evil", namespace: "evil" };
        await assert.rejects(
            run({ servingCertificate: smuggled as CertificateSettingsArgs }),
            /servingCertificate\.serviceName is no argument;.*\n.*servingCertificate\.namespace is no argument;/,
        );
        const { resources } = await run({});
        assert.deepEqual(named(resources, "m-serving-certificate-request").inputs["subject"], {
            commonName: "metrics-server.kube-system.svc",
        });
    });

    it("passes the settings of each part on to it", async () => {
        const { resources } = await run({
            metricsServer: { replicas: 3, kubeletCa: KUBELET_CA, tlsMinVersion: TlsVersion.Tls12 },
            servingCertificate: { validityHours: 48, renewBeforeHours: 12 },
            csrApproval: { intervalSeconds: 30 },
        });
        const leaf = named(resources, "m-serving-certificate-certificate").inputs;
        assert.equal(deploymentOf(resources).replicas, 3);
        assert.equal(leaf["validityPeriodHours"], 48);
        assert.equal(header(named(resources, "m-kubelets-csr-approval-cp1"))["INTERVAL"], "30");
        assert.equal(header(named(resources, "m-kubelets-node-w1"))["KUBELET_CA"], KUBELET_CA);
        assert.ok(named(resources, "m-metrics-server-kubelet-ca"));
    });

    it("runs neither check where there is no control plane to run it on, and says so", async () => {
        const warn = log.warn;
        const warnings: string[] = [];
        log.warn = (text) => Promise.resolve(void warnings.push(text));
        try {
            const { resources } = await run({
                nodes: { w1: NODES.w1 },
                csrApproval: { mode: CsrApprovalMode.External },
            });
            assert.deepEqual(
                commands(resources).map(({ name }) => name),
                ["m-kubelets-node-w1"],
            );
            assert.match(
                warnings.join("\n"),
                /^nodes has no node with role controlPlane, .*; next:/,
            );
            warnings.length = 0;
            await run({});
            assert.deepEqual(warnings, []);
        } finally {
            log.warn = warn;
        }
    });
});

describe("the defaults of SecureMetricsServer", () => {
    const toleration = [
        { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
    ];

    it("are two pods, and no toleration where there are workers", async () => {
        const { resources } = await plain();
        assert.deepEqual(deploymentOf(resources), { replicas: 2, tolerations: undefined });
    });

    it("are one pod on a single node, which has to tolerate the control plane, and no disruption budget", async () => {
        const { resources } = await run({ nodes: { cp1: NODES.cp1 } });
        assert.deepEqual(deploymentOf(resources), { replicas: 1, tolerations: toleration });
        assert.ok(!resources.some(({ name }) => name.endsWith("disruption-budget")));
    });

    it("are as many pods in the host network as there are nodes for them, up to two", async () => {
        const metricsServer = { hostNetwork: true };
        const { cp1, w1, w2 } = NODES;
        for (const [nodes, replicas] of [
            [{ cp1, w1 }, 1],
            [{ cp1, w1, w2 }, 2],
        ] as const) {
            const { resources } = await run({ nodes, metricsServer });
            assert.equal(deploymentOf(resources).replicas, replicas);
        }
    });

    it("give way to what is set", async () => {
        const { resources } = await run({
            nodes: { cp1: NODES.cp1 },
            metricsServer: { replicas: 2, tolerations: [] },
        });
        assert.deepEqual(deploymentOf(resources), { replicas: 2, tolerations: undefined });
    });
});
