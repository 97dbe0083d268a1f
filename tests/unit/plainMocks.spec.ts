import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import {
    CertificateSource,
    KubeletServingCertificates,
    MetricsServer,
    SecureMetricsServer,
    ServingCertificate,
    ServingSecret,
} from "../../index";
import { METRICS_SERVER, NODES, SERVING_CERTIFICATE, SSH } from "./support/fixtures";
import { valueOf } from "./support/mocks";

const ROOT = join(__dirname, "..", "..");

/** Makes a component with the mocks of the SDK's documentation: the state of a resource is its inputs, and nothing else. */
async function plainly<T>(program: () => T): Promise<{ result: T; names: string[] }> {
    const names: string[] = [];
    await pulumi.runtime.setMocks({
        newResource: (args) => {
            names.push(args.name);
            return { id: `${args.name}-id`, state: args.inputs as object };
        },
        call: (args) => args.inputs as object,
    });
    const result = program();
    await pulumi.runtime.disconnect();
    return { result, names };
}

describe("a user's unit test with the plain mocks of the SDK", () => {
    it("makes a ServingCertificate, whose certificates are empty", async () => {
        const { result } = await plainly(() => new ServingCertificate("s", SERVING_CERTIFICATE));
        assert.equal(await valueOf(result.certificatePem), "");
        assert.equal(await valueOf(result.caBundle), "");
        assert.equal(await valueOf(result.renewalTime), "");
    });

    it("makes a MetricsServer with a given certificate", async () => {
        const { result, names } = await plainly(() => new MetricsServer("m", METRICS_SERVER));
        assert.ok(names.includes("m-api-service"));
        assert.equal(await valueOf(result.serviceName), "metrics-server.kube-system.svc");
        assert.equal(await valueOf(result.caBundle), METRICS_SERVER.caBundle);
    });

    it("makes a MetricsServer with the outputs of a ServingCertificate", async () => {
        const { names } = await plainly(() => {
            const { certificatePem, privateKeyPem, caBundle } = new ServingCertificate("s", {
                serviceName: "metrics-server",
                namespace: "kube-system",
            });
            return new MetricsServer("m", { certificatePem, privateKeyPem, caBundle });
        });
        assert.ok(names.includes("m-tls"));
        assert.ok(names.includes("m-api-service"));
    });

    it("makes a ServingSecret with the outputs of a ServingCertificate", async () => {
        const { result, names } = await plainly(() => {
            const { certificatePem, privateKeyPem } = new ServingCertificate("c", {
                ...SERVING_CERTIFICATE,
                extraIpAddresses: ["10.0.0.5"],
            });
            const { namespace, serviceName } = SERVING_CERTIFICATE;
            const pair = { certificatePem, privateKeyPem };
            return new ServingSecret("s", { namespace, serviceName, ...pair });
        });
        assert.ok(names.includes("s-tls"));
        assert.equal(await valueOf(result.secretName), undefined);
    });

    it("makes a SecureMetricsServer whose certificate the cluster's CA signs, and is empty", async () => {
        const { result, names } = await plainly(
            () =>
                new SecureMetricsServer("m", {
                    nodes: NODES,
                    ssh: SSH,
                    servingCertificate: { source: CertificateSource.ClusterCa },
                }),
        );
        assert.ok(names.includes("m-cluster-ca"));
        assert.equal(await valueOf(result.caBundle), "");
        assert.equal(await valueOf(result.servingCertificateNotAfter), "");
    });

    it("makes KubeletServingCertificates, whose results are empty", async () => {
        const { result, names } = await plainly(
            () => new KubeletServingCertificates("k", { nodes: NODES, ssh: SSH }),
        );
        assert.ok(names.includes("k-node-w1"));
        assert.deepEqual((await valueOf(result.results))?.["w1"], {
            changed: false,
            restarted: false,
            notAfter: "",
            certificateSha256: "",
        });
        assert.deepEqual(await valueOf(result.notAfter), { cp1: "", w1: "", w2: "" });
    });

    it("makes a SecureMetricsServer, with all its parts", async () => {
        const { result, names } = await plainly(
            () => new SecureMetricsServer("m", { nodes: NODES, ssh: SSH, driftDetection: true }),
        );
        for (const name of ["m-preflight", "m-kubelets-node-w1", "m-metrics-server-api-service"]) {
            assert.ok(names.includes(name), name);
        }
        assert.equal(await valueOf(result.caBundle), "");
    });
});

describe("the example of a unit test", () => {
    it("passes", function () {
        this.timeout(60_000);
        const output = execFileSync(
            process.execPath,
            ["--import", "tsx", "--test", "--test-reporter=tap", "platform.test.ts"],
            {
                cwd: join(ROOT, "examples", "unit-test"),
                env: { ...process.env, TSX_TSCONFIG_PATH: join(ROOT, "tsconfig.test.json") },
                encoding: "utf8",
            },
        );
        assert.match(output, /^# pass 3$/m);
        assert.match(output, /^# fail 0$/m);
    });
});
