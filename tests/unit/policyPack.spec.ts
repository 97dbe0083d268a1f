import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
    caBundleProblems,
    hostKeyProblems,
    insecureApiServices,
    insecureFlags,
} from "../../examples/policy-pack/rules";

const API_SERVICE = "kubernetes:apiregistration.k8s.io/v1:APIService";

describe("the policy pack", () => {
    it("forbids an APIService that skips verification, and allows one with a caBundle", () => {
        const bad = { spec: { insecureSkipTLSVerify: true } };
        assert.match(String(insecureApiServices(API_SERVICE, bad)), /caBundle instead/);
        assert.equal(insecureApiServices(`${API_SERVICE}Patch`, bad).length, 1);
        assert.deepEqual(insecureApiServices(API_SERVICE, { spec: { caBundle: "AA==" } }), []);
        assert.deepEqual(insecureApiServices("kubernetes:core/v1:Service", bad), []);
    });

    for (const flag of [
        "--kubelet-insecure-tls",
        "--kubelet-insecure-tls=true",
        "--kubelet_insecure_tls",
    ]) {
        it(`forbids ${flag} in a Deployment and in a shell line`, () => {
            const args = {
                spec: { template: { spec: { containers: [{ args: ["--v=2", flag] }] } } },
            };
            assert.match(
                String(insecureFlags("kubernetes:apps/v1:Deployment", args)),
                /spec\.template\.spec\.containers\.0\.args\.1/,
            );
            const line = { spec: { containers: [{ command: ["sh", "-c", `exec ms ${flag}`] }] } };
            assert.equal(insecureFlags("kubernetes:core/v1:Pod", line).length, 1);
        });
    }

    it("allows a workload without the flag, and one that says false", () => {
        const args = (...flags: string[]) => ({ spec: { containers: [{ args: flags }] } });
        const verified = args(
            "--kubelet-certificate-authority=/ca.crt",
            "--kubelet-insecure-tls=false",
        );
        assert.deepEqual(insecureFlags("kubernetes:core/v1:Pod", verified), []);
    });

    it("forbids a remote command without a host key, also at its bastion", () => {
        const type = "command:remote:Command";
        assert.equal(hostKeyProblems(type, { connection: { host: "h" } }).length, 1);
        const proxied = { connection: { host: "h", hostKey: "k", proxy: { host: "b" } } };
        assert.match(String(hostKeyProblems(type, proxied)), /connection\.proxy\.hostKey/);
        assert.deepEqual(hostKeyProblems(type, { connection: { host: "h", hostKey: "k" } }), []);
    });

    it("forbids a caBundle that ends before the day, that is no PEM, and allows one that lasts", () => {
        const bundle = (days: number): { spec: { caBundle: string } } => ({
            spec: { caBundle: certificate(days).toString("base64") },
        });
        const day = (days: number): Date => new Date(Date.now() + days * 86_400_000);
        assert.match(String(caBundleProblems(API_SERVICE, bundle(10), day(30))), /ends on/);
        assert.deepEqual(caBundleProblems(API_SERVICE, bundle(60), day(30)), []);
        assert.match(
            String(caBundleProblems(API_SERVICE, { spec: { caBundle: "AA==" } }, day(30))),
            /no PEM/,
        );
    });
});

function certificate(days: number): Buffer {
    const folder = mkdtempSync(join(tmpdir(), "sms-policy-"));
    try {
        const [key, file] = [join(folder, "key"), join(folder, "crt")];
        execFileSync(
            "openssl",
            [
                "req",
                "-x509",
                "-newkey",
                "ec",
                "-pkeyopt",
                "ec_paramgen_curve:P-256",
                "-nodes",
            ].concat(["-keyout", key, "-out", file, "-subj", "/CN=ca", "-days", String(days)]),
            { stdio: "ignore" },
        );
        return readFileSync(file);
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}
