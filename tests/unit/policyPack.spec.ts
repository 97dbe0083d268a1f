import assert from "node:assert/strict";
import {
    caBundleProblems,
    hostKeyProblems,
    insecureApiServices,
    insecureFlags,
} from "../../examples/policy-pack/rules";
import { base64 } from "../../components/shared/pem";
import { certificate, EXPIRED, GARBAGE } from "../support/caCertificates";
import { CASES } from "./support/cases";
import { readJson } from "./support/files";
import { record } from "./support/mocks";

const API_SERVICE = "kubernetes:apiregistration.k8s.io/v1:APIService";
const RELEASE = "kubernetes:helm.sh/v3:Release";
const POD = "kubernetes:core/v1:Pod";

/** Inputs whose KEY a preview does not know: the engine's stand-in throws when it is read. */
function unknown(props: object, ...keys: string[]): Record<string, unknown> {
    return new Proxy(props as Record<string, unknown>, {
        get: (target, key) => {
            if (keys.includes(String(key))) {
                throw new Error(`string value at .${String(key)} can't be known during preview`);
            }
            return target[String(key)];
        },
    });
}

describe("the policy pack", () => {
    it("has a version, without which the engine does not start it", () => {
        const { version } = readJson("examples/policy-pack/package.json") as { version: string };
        assert.equal(version, (readJson("package.json") as { version: string }).version);
    });

    it("forbids an APIService that skips verification, and allows one with a caBundle", () => {
        const bad = { spec: { insecureSkipTLSVerify: true } };
        assert.match(String(insecureApiServices(API_SERVICE, bad)), /caBundle instead/);
        assert.equal(insecureApiServices(`${API_SERVICE}Patch`, bad).length, 1);
        assert.equal(insecureApiServices(`${API_SERVICE}List`, { items: [bad] }).length, 1);
        assert.deepEqual(insecureApiServices(API_SERVICE, { spec: { caBundle: "AA==" } }), []);
        const verified = { spec: { insecureSkipTLSVerify: false } };
        assert.deepEqual(insecureApiServices(API_SERVICE, verified), []);
        assert.deepEqual(insecureApiServices("example:index:Thing", bad), []);
    });

    it("knows that metrics-server's chart skips verification unless it is told not to", () => {
        const release = (values: object, chart = "metrics-server"): number =>
            insecureApiServices(RELEASE, { chart, values }).length;
        assert.equal(release({}), 1);
        assert.equal(release({}, "oci://registry.example.com/charts/metrics-server"), 1);
        assert.equal(release({}, "./metrics-server-3.13.0.tgz"), 1);
        assert.equal(release({ apiService: { insecureSkipTLSVerify: true } }), 1);
        assert.equal(release({ apiService: { insecureSkipTLSVerify: "true" } }), 1);
        assert.equal(release({ apiService: { insecureSkipTLSVerify: false } }), 0);
        assert.equal(release({ apiService: { create: false } }), 0);
        assert.equal(release({ apiService: unknown({}, "insecureSkipTLSVerify") }), 0);
        assert.equal(release({}, "prometheus"), 0);
    });

    for (const source of [
        "its defaults",
        "a given CA",
        "a given certificate",
        "an existing Secret",
    ]) {
        it(`allows all that the package makes with ${source}`, async () => {
            const { resources } = await record(
                CASES[`SecureMetricsServer with ${source}`] ?? (() => undefined),
            );
            assert.ok(resources.length > 10);
            for (const { type, inputs } of resources) {
                assert.deepEqual(insecureApiServices(type, inputs), []);
                assert.deepEqual(insecureFlags(type, inputs), []);
            }
        });
    }

    for (const flag of [
        "--kubelet-insecure-tls",
        "--kubelet-insecure-tls=true",
        "--kubelet-insecure-tls=$(INSECURE)",
        "--kubelet_insecure_tls",
        "--deprecated-kubelet-completely-insecure",
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
            assert.equal(insecureFlags(POD, line).length, 1);
        });
    }

    it("allows a workload without the flag, and one that says false", () => {
        const args = (...flags: string[]) => ({ spec: { containers: [{ args: flags }] } });
        for (const no of ["=false", "=False", "=0", "=f", '="false"', "-not-this-one"]) {
            const verified = args("--kubelet-certificate-authority=/ca.crt");
            verified.spec.containers[0]?.args.push(`--kubelet-insecure-tls${no}`);
            assert.deepEqual(insecureFlags(POD, verified), [], no);
        }
    });

    it("sees the flag beside values that a preview does not know", () => {
        const containers = [
            unknown({ image: 1, args: unknown(["?", "--kubelet-insecure-tls"], "0") }, "image"),
        ];
        const problems = insecureFlags(POD, unknown({ spec: { containers }, other: 1 }, "other"));
        assert.match(String(problems), /^spec\.containers\.0\.args\.1 has/);
    });

    it("leaves a variable that a preview does not know to the update, and checks those beside it", () => {
        const container = (arg: string, ...more: string[]): string[] =>
            insecureFlags(POD, {
                spec: {
                    containers: [{ args: [arg, ...more], env: [unknown({ name: "F" }, "value")] }],
                },
            });
        assert.deepEqual(container("--kubelet-insecure-tls=$(F)"), []);
        assert.deepEqual(container("$(F)"), []);
        assert.match(String(container("$(F)", "--kubelet-insecure-tls")), /args\.1 has/);
    });

    it("leaves values of metrics-server's chart that a preview does not know to the update", () => {
        const application = (source: object): string[] =>
            insecureApiServices("kubernetes:argoproj.io/v1alpha1:Application", {
                spec: { source },
            });
        const chart = "metrics-server";
        assert.equal(application({ chart }).length, 1);
        assert.deepEqual(application(unknown({ chart }, "chart")), []);
        for (const key of ["values", "valuesObject", "parameters"]) {
            assert.deepEqual(application({ chart, helm: unknown({ [key]: "?" }, key) }), [], key);
        }
        const values = { "metrics-server": unknown({ apiService: {} }, "apiService") };
        assert.deepEqual(insecureApiServices(RELEASE, { chart: "x", values }), []);
    });

    it("does not repeat what it found, which may be a secret", () => {
        const line = "ms --kubelet-insecure-tls --token=secret-marker";
        const problems = insecureFlags(POD, { spec: { containers: [{ command: [line] }] } });
        assert.equal(problems.length, 1);
        assert.doesNotMatch(String(problems), /secret-marker/);
    });

    for (const type of ["Command", "CopyToRemote", "CopyFile"]) {
        it(`forbids a remote ${type} without a host key, also at its bastion`, () => {
            const problems = (connection: unknown): string[] =>
                hostKeyProblems(`command:remote:${type}`, { connection });
            assert.equal(problems({ host: "h" }).length, 1);
            assert.equal(problems({ host: "h", hostKey: " " }).length, 1);
            const proxied = { host: "h", hostKey: "k", proxy: { host: "b" } };
            assert.match(String(problems(proxied)), /connection\.proxy\.hostKey/);
            assert.deepEqual(problems({ host: "h", hostKey: "k" }), []);
            assert.deepEqual(problems(unknown({ host: "h" }, "hostKey")), []);
            assert.deepEqual(problems({ host: "", user: "root" }), []);
            assert.equal(problems({ user: "root" }).length, 1);
        });
    }

    it("leaves local commands alone", () => {
        assert.deepEqual(hostKeyProblems("command:local:Command", { create: "true" }), []);
    });

    describe("on a caBundle", () => {
        const [valid, expiring] = [certificate(60), certificate(10)];
        const problems = (caBundle: unknown): string =>
            caBundleProblems(
                API_SERVICE,
                { spec: { caBundle } },
                new Date(Date.now() + 30 * 86_400_000),
            ).join();

        it("forbids one that has ended or ends before the day, and allows one that lasts", () => {
            assert.match(problems(base64(EXPIRED)), /spec\.caBundle ends on 2021-01-01/);
            assert.match(problems(base64(expiring)), /ends on/);
            assert.equal(problems(base64(valid)), "");
        });

        it("counts the certificate that lasts longest, as the API server does", () => {
            assert.equal(problems(base64(`# old\n${EXPIRED}# new\n${valid}`)), "");
            assert.match(problems(base64(EXPIRED + expiring)), /ends on/);
        });

        it("forbids one that is no PEM, and one with a certificate that cannot be read", () => {
            assert.match(problems("AA=="), /no PEM/);
            assert.match(problems("not base64!"), /no PEM/);
            assert.match(problems(base64(valid + GARBAGE)), /certificate 2 cannot be read/);
        });

        it("allows one that is not known yet or that a controller fills in", () => {
            assert.equal(problems(undefined), "");
            assert.equal(problems(""), "");
            assert.equal(problems("Cg=="), "");
            const later = { spec: unknown({ caBundle: "?" }, "caBundle") };
            assert.deepEqual(caBundleProblems(API_SERVICE, later, new Date()), []);
        });

        it("looks into webhooks, and takes PEM as Helm charts have it", () => {
            const hook = { webhooks: [{ clientConfig: { caBundle: base64(EXPIRED) } }] };
            const type =
                "kubernetes:admissionregistration.k8s.io/v1:ValidatingWebhookConfiguration";
            assert.match(
                caBundleProblems(type, hook, new Date()).join(),
                /^webhooks\.0\.clientConfig\.caBundle ends on/,
            );
            assert.match(problems(EXPIRED), /ends on/);
            assert.equal(problems(valid), "");
        });
    });
});
