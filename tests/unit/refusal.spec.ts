import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
    ClusterPreflight,
    CsrApprovalMode,
    KubeletServingCertificates,
    MetricsServer,
    SecureMetricsServer,
    ServingCertificate,
    type MetricsServerArgs,
    type NodeArgs,
    type SecureMetricsServerArgs,
} from "../../index";
import { InvalidArgumentsError } from "../../components/shared/invalidArguments";
import { base64 } from "../../components/shared/pem";
import { certificate } from "../scripts/support/certificates";
import { KUBELET_CA } from "./support/certificates";
import { HOST_KEYS, METRICS_SERVER, NODES, SERVING_CERTIFICATE, SSH } from "./support/fixtures";
import { named } from "./support/find";
import { toldLate } from "./support/late";
import { record, unknown, type Recorded } from "./support/mocks";
import { unsecret } from "./support/recorded";

/** Runs a program that has to fail, and returns what it threw and what it had registered before. */
async function failureOf(
    program: () => unknown,
    preview = false,
): Promise<{ error: unknown; resources: Recorded[] }> {
    const thrown: unknown[] = [];
    const { resources } = await record(
        () => {
            try {
                program();
            } catch (error) {
                thrown.push(error);
            }
        },
        { preview },
    );
    return { error: thrown[0], resources };
}

/** Asserts that a program is refused before anything is registered, with these starts of problems. */
async function refused(program: () => unknown, ...problems: string[]): Promise<void> {
    for (const preview of [true, false]) {
        const { error, resources } = await failureOf(program, preview);
        assert.ok(error instanceof InvalidArgumentsError, String(error));
        assert.ok(pulumi.RunError.isInstance(error));
        assert.deepEqual(resources, []);
        const [, ...lines] = error.message.split("\n");
        assert.equal(lines.length, problems.length, error.message);
        lines.forEach((line, index) => {
            assert.ok(line.startsWith(`  - ${problems[index] ?? ""}`), line);
        });
    }
}

/** A program whose arguments about nodes are wrong. */
function nodes(...changes: Record<string, Partial<NodeArgs>>[]): () => unknown {
    const all = changes.reduce((before, change) => ({ ...before, ...change }), { cp1: NODES.cp1 });
    return () => new SecureMetricsServer("m", { nodes: all as Record<string, NodeArgs>, ssh: SSH });
}

function secure(args: Partial<SecureMetricsServerArgs>): () => unknown {
    return () => new SecureMetricsServer("m", { nodes: NODES, ssh: SSH, ...args });
}

describe("bad input is refused before any resource is registered", () => {
    it("when a host key is missing", () =>
        refused(nodes({ w1: { host: "10.0.0.12" } }), "nodes.w1.hostKey is missing;"));

    it("when a host key is an RSA key", () =>
        refused(
            nodes({ w1: { host: "10.0.0.12", hostKey: HOST_KEYS.rsa } }),
            "nodes.w1.hostKey is an RSA key;",
        ));

    it("when a host key is malformed", () =>
        refused(
            nodes({ w1: { host: "10.0.0.12", hostKey: "ssh-ed25519 AAAA" } }),
            "nodes.w1.hostKey is not a public key;",
        ));

    it("when there are no nodes", () => refused(secure({ nodes: {} }), "nodes is empty;"));

    it("when the nodes are known only after the preview", async () => {
        const late = pulumi.output(NODES) as unknown as Record<string, NodeArgs>;
        await refused(secure({ nodes: late }), "nodes is an output or a secret as a whole;");
    });

    it("when a name is no node name", () =>
        refused(nodes({ Worker_1: NODES.w1 }), 'nodes.Worker_1: "Worker_1" is not a node name;'));

    it("when it still asks for the preflight alone with an argument, and says what to use", () =>
        refused(
            secure({ checkOnly: true } as Partial<SecureMetricsServerArgs>),
            "checkOnly is no argument any more; expected the component ClusterPreflight, which",
        ));

    it("when a cluster is to be looked at and there is no control plane to do so, or no such version", async () => {
        const csrApproval = { mode: CsrApprovalMode.External };
        await refused(
            () => new ClusterPreflight("c", { nodes: { w1: NODES.w1 }, csrApproval }),
            "nodes has no node with role controlPlane, where the cluster is looked at;",
        );
        await refused(
            () => new ClusterPreflight("c", { nodes: NODES, kubernetesVersion: "1.20" }),
            'kubernetesVersion is "1.20";',
        );
    });

    it("when approval needs a control plane and there is none", async () => {
        await refused(secure({ nodes: { w1: NODES.w1 } }), "nodes has no control plane,");
        await refused(
            () => new KubeletServingCertificates("k", { nodes: { w1: NODES.w1 } }),
            "nodes has no control plane,",
        );
    });

    it("when the renewal window is not shorter than the validity", async () => {
        const bad = { validityHours: 720 };
        const problem = "renewBeforeHours is 720 and validityHours is 720;";
        await refused(secure({ servingCertificate: bad }), problem);
        await refused(
            () => new ServingCertificate("s", { ...SERVING_CERTIFICATE, ...bad }),
            problem,
        );
    });

    it("when the validity is out of range", () =>
        refused(secure({ servingCertificate: { validityHours: 0 } }), "validityHours is 0;"));

    it("when the resolution is out of range", () =>
        refused(
            secure({ metricsServer: { metricResolutionSeconds: 5 } }),
            "metricResolutionSeconds is 5;",
        ));

    it("when an argument would switch a check off", async () => {
        const extraArgs = ["--kubelet_insecure_tls"];
        const problem = 'extraArgs has "--kubelet_insecure_tls"; it would switch off';
        await refused(secure({ metricsServer: { extraArgs } }), problem);
        await refused(() => new MetricsServer("m", { ...METRICS_SERVER, extraArgs }), problem);
    });

    it("when there would be no pod", () =>
        refused(secure({ metricsServer: { replicas: 0 } }), "replicas is 0;"));

    it("when a host is listed twice", () =>
        refused(
            nodes({
                w1: NODES.w1,
                w2: { ...NODES.w2, host: "10.0.0.12", addresses: ["10.0.0.13"] },
            }),
            "nodes.w2 and nodes.w1 are the same host (10.0.0.12 port 22)",
        ));

    it("when a node would get the API server's name", () =>
        refused(
            nodes({ w1: { ...NODES.w1, addresses: ["10.0.0.12", "kubernetes.default.svc"] } }),
            'nodes.w1: "kubernetes.default.svc" is a name of the API server',
        ));

    it("when the CA for kubelets is no certificate, in each component that takes one", async () => {
        const kubeletCa = "/etc/kubernetes/pki/ca.crt";
        const problem = "kubeletCa has no PEM certificate;";
        await refused(secure({ metricsServer: { kubeletCa } }), problem);
        await refused(
            () => new KubeletServingCertificates("k", { nodes: NODES, kubeletCa }),
            problem,
        );
    });

    it("when a certificate that was made elsewhere is none", async () => {
        const certificate = METRICS_SERVER.certificatePem as string;
        const key = METRICS_SERVER.privateKeyPem as string;
        const given = (change: Partial<MetricsServerArgs>) => () =>
            new MetricsServer("m", { ...METRICS_SERVER, ...change });
        await refused(
            given({ certificatePem: key, privateKeyPem: certificate, caBundle: "" }),
            "certificatePem has no PEM certificate;",
            "privateKeyPem has no PEM private key;",
            "caBundle has no PEM certificate;",
        );
        await refused(given({ caBundle: certificate }), "caBundle has no PEM certificate;");
        await refused(
            given({
                certificatePem: certificate + key,
                privateKeyPem: key.replaceAll("PRIVATE", "ENCRYPTED PRIVATE"),
                caBundle: Buffer.from(certificate + key).toString("base64"),
            }),
            "certificatePem has a private key,",
            "privateKeyPem has no PEM private key;",
            "caBundle has a private key,",
        );
    });

    it("when a Service's name or namespace is none", () =>
        refused(
            () =>
                new ServingCertificate("s", {
                    serviceName: "Web hook",
                    namespace: "",
                    clusterDomain: "a..b",
                }),
            'serviceName is "Web hook";',
            'namespace is "";',
            'clusterDomain is "a..b";',
        ));

    it("with all problems of all parts in one message", () =>
        refused(
            secure({
                nodes: { w1: { host: "10.0.0.12", hostKey: "" } },
                maxUnavailable: 0,
                metricsServer: { replicas: 0 },
                servingCertificate: { caKeyGenerations: [] },
                csrApproval: { mode: CsrApprovalMode.ControlPlane, timeoutSeconds: 1 },
            }),
            "nodes.w1.hostKey is missing;",
            "nodes has no control plane,",
            "maxUnavailable is 0;",
            "csrApproval.timeoutSeconds is 1;",
            "replicas is 0;",
            "caKeyGenerations needs at least one name,",
            'activeCaKeyGeneration is "";',
        ));
});

describe("InvalidArgumentsError", () => {
    it("names the component and counts the problems", () => {
        assert.equal(
            new InvalidArgumentsError("C", "n", ["one"]).message,
            'C "n": 1 problem in its arguments:\n  - one',
        );
        assert.equal(
            new InvalidArgumentsError("C", "n", ["one", "two"]).message,
            'C "n": 2 problems in its arguments:\n  - one\n  - two',
        );
    });

    it("never shows a private key", async () => {
        const { error } = await failureOf(
            secure({ nodes: { w1: { host: "", hostKey: SSH.privateKey as string } } }),
        );
        assert.ok(error instanceof InvalidArgumentsError);
        assert.doesNotMatch(error.message, /PRIVATE KEY/);
    });
});

describe("an argument that becomes known late", () => {
    it("is refused then, when it would switch a check off", async () => {
        const extraArgs = [pulumi.output("--kubelet-insecure-tls")];
        const late = await new Promise((resolve) => {
            process.once("unhandledRejection", resolve);
            void record(() => new MetricsServer("m", { ...METRICS_SERVER, extraArgs }));
        });
        assert.match(String(late), /extraArgs has "--kubelet-insecure-tls"/);
    });

    const { certificatePem, privateKeyPem, caBundle } = METRICS_SERVER;
    const FROM_CERTIFICATE = ["m-tls", "m-deployment", "m-api-service"];
    const made = (resources: Recorded[]): string[] =>
        resources.map(({ name }) => name).filter((name) => FROM_CERTIFICATE.includes(name));

    it("is refused then, when it is a certificate for somebody else, before anything is made from it", async () => {
        const evil = certificate({ subject: "/CN=evil.example", names: "DNS:evil.example" });
        const { errors, resources } = await toldLate(
            () =>
                new MetricsServer("m", {
                    certificatePem: pulumi.output(evil.certificate),
                    privateKeyPem: pulumi.secret(privateKeyPem),
                    caBundle,
                }),
        );
        assert.equal(errors.length, 1, errors.join("\n\n"));
        assert.match(
            errors[0] ?? "",
            /^MetricsServer "m": 3 problems in its arguments:\n {2}- certificatePem begins with a certificate \(CN=evil\.example\) for DNS:evil\.example; .*\n {2}- privateKeyPem is not the key .*\n {2}- caBundle has CN=metrics-server-ca, and none/,
        );
        assert.deepEqual(made(resources), []);
    });

    it("is refused then, when there is nothing in it", async () => {
        const nothing = pulumi.output(undefined as unknown as string);
        const { errors, resources } = await toldLate(
            () => new MetricsServer("m", { certificatePem, privateKeyPem: nothing, caBundle }),
        );
        assert.deepEqual(errors, [
            'MetricsServer "m": 1 problem in its arguments:\n  - privateKeyPem is missing: what it comes from is empty',
        ]);
        assert.deepEqual(made(resources), []);
    });

    it("leaves alone in a preview what is known beside it", async () => {
        const { errors, resources } = await toldLate(
            () =>
                new MetricsServer("m", {
                    certificatePem: pulumi.output(certificatePem),
                    privateKeyPem,
                    caBundle: unknown<string>(),
                }),
            { preview: true },
        );
        assert.deepEqual(errors, []);
        assert.deepEqual(unsecret(named(resources, "m-tls").inputs["data"]), {
            "tls.crt": base64(certificatePem as string),
            "tls.key": base64(privateKeyPem as string),
        });
    });

    it("is refused then, when a private key would go to nodes as a CA certificate, and no node is touched", async () => {
        const kubeletCa = pulumi.output(`${KUBELET_CA}${privateKeyPem as string}`);
        const { errors, resources } = await toldLate(
            () => new SecureMetricsServer("m", { nodes: NODES, metricsServer: { kubeletCa } }),
        );
        assert.deepEqual(errors, [
            'SecureMetricsServer "m": 1 problem in its arguments:\n  - kubeletCa has a private key; expected certificates only: it goes to nodes and into a ConfigMap in the clear',
        ]);
        assert.deepEqual(
            resources.filter(({ name }) => /-node-|kubelet-ca$/.test(name)),
            [],
        );
    });
});
