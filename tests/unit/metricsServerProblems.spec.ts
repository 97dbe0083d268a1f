import assert from "node:assert/strict";
import { TlsVersion, type MetricsServerSettingsArgs } from "../../index";
import { metricsServerProblems } from "../../components/metrics-server/metricsServerProblems";
import { foreign } from "./support/fixtures";
import { unknown } from "./support/mocks";
import { KUBELET_CA } from "./support/certificates";

const AEAD = "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256";
const SUITES = `${AEAD}, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256`;

describe("metricsServerProblems", () => {
    it("finds nothing wrong with no settings at all", () => {
        assert.deepEqual(metricsServerProblems({}), []);
    });

    for (const replicas of [0, -1, 1.5, NaN, Infinity]) {
        it(`refuses ${replicas} replicas`, () => {
            assert.deepEqual(metricsServerProblems({ replicas }), [
                `replicas is ${replicas}; expected a whole number from 1 on; without a pod every request for metrics fails`,
            ]);
        });
    }

    for (const metricResolutionSeconds of [0, 11, 301, 12.5, NaN, -15]) {
        it(`refuses a resolution of ${metricResolutionSeconds} s`, () => {
            assert.deepEqual(metricsServerProblems({ metricResolutionSeconds }), [
                `metricResolutionSeconds is ${metricResolutionSeconds}; expected 12 to 300: metrics-server refuses to start when nine tenths of it are less than its 10 s limit for a kubelet`,
            ]);
        });
    }

    it("takes the ends of the ranges", () => {
        assert.deepEqual(metricsServerProblems({ replicas: 1, metricResolutionSeconds: 12 }), []);
        assert.deepEqual(metricsServerProblems({ replicas: 9, metricResolutionSeconds: 300 }), []);
    });

    for (const image of [
        "",
        "metrics-server",
        "mirror:5000/metrics-server",
        "a/b:",
        "a@sha256:12",
    ]) {
        it(`refuses the image "${image}", which names no version`, () => {
            assert.deepEqual(metricsServerProblems({ image }), [
                `image is "${image}"; expected an image with tag or digest`,
            ]);
        });
    }

    for (const image of [
        "a/b:v1",
        "mirror:5000/a/b:v0.9.0",
        `a/b@sha256:${"0a".repeat(32)}`,
        `a/b:v1@sha256:${"0a".repeat(32)}`,
    ]) {
        it(`takes the image ${image}`, () => {
            assert.deepEqual(metricsServerProblems({ image }), []);
        });
    }

    it("refuses a kubelet CA that is no certificate", () => {
        for (const kubeletCa of ["", "/etc/kubernetes/pki/ca.crt", "-----BEGIN PUBLIC KEY-----"]) {
            assert.deepEqual(metricsServerProblems({ kubeletCa }), [
                "kubeletCa has no PEM certificate; expected -----BEGIN CERTIFICATE----- …",
            ]);
        }
        assert.deepEqual(metricsServerProblems({ kubeletCa: KUBELET_CA }), []);
    });

    it("refuses a kubelet CA with a private key in it, because it goes to nodes in the clear", () => {
        const both = `${KUBELET_CA}-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n`;
        const problems = metricsServerProblems({ kubeletCa: both });
        assert.equal(problems.length, 1);
        assert.match(problems[0] ?? "", /^kubeletCa has a private key/);
    });

    it("takes TLS 1.2 with suites that have forward secrecy and AEAD", () => {
        assert.deepEqual(
            metricsServerProblems({
                tlsMinVersion: TlsVersion.Tls12,
                tlsCipherSuites: SUITES.split(", "),
            }),
            [],
        );
    });

    for (const suite of [
        "TLS_RSA_WITH_AES_128_GCM_SHA256",
        "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
        "TLS_RSA_WITH_RC4_128_SHA",
        `${AEAD},TLS_RSA_WITH_RC4_128_SHA`,
        "",
    ]) {
        it(`refuses the cipher suite "${suite}"`, () => {
            assert.deepEqual(
                metricsServerProblems({
                    tlsMinVersion: TlsVersion.Tls12,
                    tlsCipherSuites: [suite],
                }),
                [`tlsCipherSuites has "${suite}"; expected some of ${SUITES}`],
            );
        });
    }

    it("refuses suites together with TLS 1.3, where they would do nothing", () => {
        const expected = [
            "tlsCipherSuites is set and tlsMinVersion is TLS 1.3, whose suites cannot be chosen; set tlsMinVersion to TlsVersion.Tls12 or remove tlsCipherSuites",
        ];
        assert.deepEqual(metricsServerProblems({ tlsCipherSuites: [AEAD] }), expected);
        assert.deepEqual(
            metricsServerProblems({ tlsCipherSuites: [AEAD], tlsMinVersion: TlsVersion.Tls13 }),
            expected,
        );
    });

    it("refuses a TLS version that another language let through", () => {
        for (const version of ["VersionTLS10", "VersionTLS11", "1.2", ""]) {
            assert.deepEqual(metricsServerProblems({ tlsMinVersion: foreign(version) }), [
                `tlsMinVersion is "${version}"; expected VersionTLS12 or VersionTLS13`,
            ]);
        }
    });

    it("leaves values alone that a preview does not know yet", () => {
        const later: MetricsServerSettingsArgs = {
            image: unknown<string>(),
            imageRegistry: unknown<string>(),
            kubeletCa: unknown<string>(),
            extraArgs: [unknown<string>()],
        };
        assert.deepEqual(metricsServerProblems(later), []);
    });

    it("names all problems at once", () => {
        const problems = metricsServerProblems({
            kubernetesVersion: "1.30",
            replicas: 0,
            metricResolutionSeconds: 1,
            kubeletCa: "x",
            image: "x",
            extraArgs: ["--kubelet-insecure-tls"],
            tlsCipherSuites: ["x"],
        });
        const starts = [
            "kubernetesVersion",
            "replicas",
            "metricResolutionSeconds",
            "kubeletCa",
            "image",
            "extraArgs",
            "tlsCipherSuites",
            "tlsCipherSuites",
        ];
        assert.deepEqual(
            problems.map((problem) => problem.split(" ", 1)[0]),
            starts,
        );
    });
});
