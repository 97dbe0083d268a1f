import assert from "node:assert/strict";
import {
    HOST_KEYS,
    METRICS_SERVER,
    NODES,
    SERVING_CERTIFICATE,
    SERVING_SECRET,
    SSH,
} from "../unit/support/fixtures";
import { made, messages, refused } from "./support/shared";
import { output, secret, unknown } from "./support/values";

const cluster = { nodes: NODES, ssh: SSH };

/** Property bags that cannot work, and the starts of all problems that are found in them. */
const REFUSED: [string, string, object, string[]][] = [
    [
        "nothing at all",
        "SecureMetricsServer",
        {},
        ["nodes is missing; expected a value, because there is no default"],
    ],
    [
        "nothing of what has no default",
        "MetricsServer",
        { replicas: 3, caBundle: null },
        ["caBundle is missing;", "certificatePem is missing;", "privateKeyPem is missing;"],
    ],
    [
        "a certificate without its key",
        "MetricsServer",
        { ...METRICS_SERVER, privateKeyPem: METRICS_SERVER.certificatePem },
        ["privateKeyPem has no PEM private key;"],
    ],
    [
        "the host key of another node",
        "SecureMetricsServer",
        { nodes: { ...NODES, w1: { ...NODES.w1, hostKey: `10.0.0.13 ${HOST_KEYS.w1}` } } },
        ['nodes.w1.hostKey is the key of "10.0.0.13"; expected one of "10.0.0.12";'],
    ],
    [
        "several arguments with wrong values",
        "SecureMetricsServer",
        { nodes: { W1: { host: "", hostKey: "x" } }, metricsServer: { replicas: 0 } },
        [
            'nodes.W1: "W1" is not a node name;',
            'nodes.W1.host is "";',
            "nodes.W1.hostKey is not a public key;",
            "nodes has no control plane,",
            "replicas is 0;",
        ],
    ],
    [
        "an argument that is a component now",
        "SecureMetricsServer",
        { nodes: NODES, ssh: SSH, checkOnly: true },
        ["checkOnly is no argument any more; expected the component ClusterPreflight,"],
    ],
    [
        "names that no component knows, however deep",
        "SecureMetricsServer",
        {
            nods: {},
            nodes: { ...NODES, w1: { ...NODES.w1, hostkey: "x" } },
            ssh: { ...SSH, key: "x" },
            metricsServer: { tolerations: [{ foo: 1 }] },
        },
        [
            "metricsServer.tolerations[0].foo is no argument; expected one of effect, key,",
            "nodes.w1.hostkey is no argument; expected one of addresses, host, hostKey,",
            "nods is no argument; expected one of csrApproval,",
            "ssh.key is no argument; expected one of agentSocketPath,",
        ],
    ],
    [
        "values of another kind",
        "SecureMetricsServer",
        {
            nodes: { cp1: "10.0.0.11", w1: { host: 1, hostKey: true, addresses: "x" } },
            ssh: "root",
            maxUnavailable: "2",
            servingCertificate: { caKeyGenerations: "1" },
        },
        [
            "maxUnavailable is a string; expected a number",
            "nodes.cp1 is a string; expected an object",
            "nodes.w1.addresses is a string; expected an array",
            "nodes.w1.host is a number; expected a string",
            "nodes.w1.hostKey is a boolean; expected a string",
            "servingCertificate.caKeyGenerations is a string; expected an array",
            "ssh is a string; expected an object",
        ],
    ],
    [
        "choices that do not exist",
        "KubeletServingCertificates",
        {
            nodes: { ...NODES, w1: { ...NODES.w1, role: "Worker" } },
            csrApproval: { mode: "auto" },
            onRemove: "delete",
        },
        [
            'nodes.w1.role is "Worker"; expected worker or controlPlane',
            'onRemove is "delete"; expected retain, revert',
            'csrApproval.mode is "auto"; expected controlPlane, controller, external',
        ],
    ],
    [
        "a flag that weakens a check",
        "MetricsServer",
        { ...METRICS_SERVER, extraArgs: ["--kubelet-insecure-tls"] },
        ['extraArgs has "--kubelet-insecure-tls"; it would switch off'],
    ],
    [
        "addresses that are none",
        "ServingCertificate",
        { ...SERVING_CERTIFICATE, extraIpAddresses: ["10.0.0.0/8"] },
        ['extraIpAddresses has "10.0.0.0/8"; expected an IPv4 or IPv6 address'],
    ],
    [
        "a Secret without its place",
        "ServingSecret",
        { ...SERVING_SECRET, namespace: null },
        ["namespace is missing; expected a value, because there is no default"],
    ],
    [
        "a Secret for another Service than its certificate",
        "ServingSecret",
        { ...SERVING_SECRET, serviceName: "webhook" },
        ["certificatePem begins with a certificate (CN=metrics-server.kube-system.svc)"],
    ],
    [
        "a renewal window that is longer than the validity",
        "ServingCertificate",
        { ...SERVING_CERTIFICATE, validityHours: 720 },
        ["renewBeforeHours is 720 and validityHours is 720;"],
    ],
    [
        "nodes that only an update knows",
        "SecureMetricsServer",
        { nodes: unknown(), ssh: SSH },
        ["nodes is an output or a secret as a whole; expected a plain value"],
    ],
    [
        "a login that is a secret as a whole, whose user would else be ignored",
        "SecureMetricsServer",
        { nodes: NODES, ssh: secret(SSH) },
        ["ssh is an output or a secret as a whole; expected a plain value"],
    ],
    [
        "plain settings that are outputs",
        "SecureMetricsServer",
        { ...cluster, maxUnavailable: output(2), onRemove: output("revert") },
        [
            "maxUnavailable is an output or a secret as a whole;",
            "onRemove is an output or a secret as a whole;",
        ],
    ],
];

describe("another language's arguments that cannot work", () => {
    for (const [what, component, inputs, problems] of REFUSED) {
        it(`are refused before anything is registered, all in one message: ${what}`, async () => {
            for (const preview of [true, false]) {
                const error = await refused({ component, inputs, preview });
                const [title, ...lines] = error.message.split("\n");
                const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
                assert.equal(title, `${component} "x": ${count} in its arguments:`);
                assert.equal(lines.length, problems.length, error.message);
                lines.sort().forEach((line, index) => {
                    const expected = [...problems].sort()[index] ?? "";
                    assert.ok(line.startsWith(`  - ${expected}`), line);
                });
                assert.deepEqual(error.registered, []);
                assert.deepEqual(await messages(), []);
            }
        });
    }

    it("are refused without the value of a secret in the message", async () => {
        const error = await refused({
            component: "SecureMetricsServer",
            inputs: { nodes: NODES, ssh: { privateKey: ["key-marker"], port: "key-marker" } },
        });
        assert.ok(!error.message.includes("key-marker"));
    });

    it("name the components that there are, for a token that is none", async () => {
        const error = await refused({ component: "MetricServer" });
        assert.match(error.message, /^secure-metrics-server:index:MetricServer is no component/);
        for (const name of ["KubeletServingCertificates", "MetricsServer", "ServingCertificate"]) {
            assert.ok(error.message.includes(`secure-metrics-server:index:${name}`), name);
        }
        assert.ok(!error.message.includes("\n"));
        assert.deepEqual(await messages(), []);
    });

    it("show no stack when only the value of an output betrays them, and the plugin goes on", async () => {
        const error = await refused({
            component: "MetricsServer",
            inputs: { ...METRICS_SERVER, extraArgs: [output("--kubelet-insecure-tls")] },
        });
        assert.match(error.message, /\n {2}- extraArgs has "--kubelet-insecure-tls"; it would/);
        assert.ok(!error.registered.some(({ type }) => type.includes("Deployment")));
        const { registered } = await made({ component: "MetricsServer", inputs: METRICS_SERVER });
        assert.ok(registered.length > 10);
        const shown = await messages();
        assert.ok(shown.length > 0);
        for (const message of [error.message, ...shown]) {
            assert.doesNotMatch(message, /^\s+at /m);
        }
    });
});
