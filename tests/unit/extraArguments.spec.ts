import assert from "node:assert/strict";
import fc from "fast-check";
import { containerArgs } from "../../components/metrics-server/deploymentSpec";
import { extraArgumentProblems } from "../../components/metrics-server/extraArguments";
import { TlsVersion } from "../../components/metrics-server/metricsServerArgs";
import { DEPLOYMENT_SETTINGS } from "./support/fixtures";

const WEAKENS = "it would switch off or weaken a check that this package exists for; remove it";
const OWNED =
    "the package sets this flag itself; use the argument of the component, if there is one";
const UNKNOWN =
    "expected one of the flags that weaken nothing: --audit-log-format, --audit-log-maxage, --audit-log-maxbackup, " +
    "--audit-log-maxsize, --audit-log-path, --audit-policy-file, --http2-max-streams-per-connection, " +
    "--kubelet-request-timeout, --log-flush-frequency, --logging-format, --node-selector, --v, --vmodule";
const MALFORMED = "expected one flag with its value in one string, such as --v=2";

/** Flags of metrics-server v0.7 to v0.9 that switch a check off or let somebody else decide it. */
const WEAKENING_FLAGS = [
    "kubelet-insecure-tls",
    "deprecated-kubelet-completely-insecure",
    "kubelet-certificate-authority-text",
    "kubelet-client-certificate",
    "kubelet-client-key",
    "authentication-skip-lookup",
    "authentication-tolerate-lookup-failure",
    "authentication-kubeconfig",
    "authorization-kubeconfig",
    "authorization-always-allow-paths",
    "client-ca-file",
    "kubeconfig",
    "requestheader-allowed-names",
    "requestheader-client-ca-file",
    "requestheader-username-headers",
    "debug-socket-path",
];

describe("extraArgumentProblems", () => {
    for (const flag of WEAKENING_FLAGS) {
        it(`refuses --${flag}`, () => {
            assert.deepEqual(extraArgumentProblems([`--${flag}=x`]), [
                `extraArgs has "--${flag}=x"; ${WEAKENS}`,
            ]);
        });
    }

    it("refuses every flag that the package sets itself, so that no second value can win", () => {
        const settings = {
            ...DEPLOYMENT_SETTINGS,
            tlsMinVersion: TlsVersion.Tls12,
            tlsCipherSuites: ["TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"],
            extraArgs: [],
        };
        for (const argument of containerArgs(settings)) {
            assert.ok(typeof argument === "string");
            assert.equal(extraArgumentProblems([argument]).length, 1, argument);
        }
        assert.deepEqual(extraArgumentProblems(["--tls-min-version=VersionTLS10"]), [
            `extraArgs has "--tls-min-version=VersionTLS10"; ${OWNED}`,
        ]);
    });

    it("sees a flag through every spelling that the flag parser understands, and more", () => {
        const spelled = fc
            .tuple(
                fc.constantFrom(...WEAKENING_FLAGS, "tls-cert-file", "secure-port", "cert-dir"),
                fc.infiniteStream(fc.boolean()),
                fc.constantFrom("--", "-"),
                fc.constantFrom("", "=", "=true", "=false", "=1", "= ", "=a\n--v=2", "==", "=$(X)"),
            )
            .map(([flag, coin, dashes, value]) => {
                const flip = (): boolean => coin.next().value === true;
                const name = Array.from(flag)
                    .map((letter) => (letter === "-" && flip() ? "_" : letter))
                    .map((letter) => (flip() ? letter.toUpperCase() : letter));
                return `${dashes}${name.join("")}${value}`;
            });
        fc.assert(
            fc.property(spelled, (argument) => {
                const [problem] = extraArgumentProblems([argument]);
                assert.ok(problem?.endsWith(WEAKENS) === true || problem?.endsWith(OWNED) === true);
            }),
        );
    });

    for (const flag of [
        "authentication-token-webhook-cache-ttl",
        "authorization-webhook-cache-authorized-ttl",
        "audit-webhook-config-file",
        "feature-gates",
        "permit-port-sharing",
        "permit-address-sharing",
        "kubelet-port",
        "a-flag-of-a-later-release",
    ]) {
        it(`refuses --${flag}, which is not known to weaken nothing, and says what may be set`, () => {
            assert.deepEqual(extraArgumentProblems([`--${flag}=x`]), [
                `extraArgs has "--${flag}=x"; ${UNKNOWN}`,
            ]);
        });
    }

    for (const argument of [
        "",
        "--",
        "-",
        "---kubelet-insecure-tls",
        "kubelet-insecure-tls",
        " --kubelet-insecure-tls",
        "\n--kubelet-insecure-tls",
        "--kubelet-insecure-tls --v=2",
        "--v 2",
        "--v=2\n--kubelet-insecure-tls".replace("=", "\n"),
        "--=x",
        "--$(FLAG)",
        "--v2\t=3",
        "2",
        "--кubelet-insecure-tls",
    ]) {
        it(`refuses ${JSON.stringify(argument)}, which is not one flag`, () => {
            assert.deepEqual(extraArgumentProblems([argument]), [
                `extraArgs has "${argument}"; ${MALFORMED}`,
            ]);
        });
    }

    it("refuses a flag that hides behind a harmless one", () => {
        assert.equal(extraArgumentProblems(["--v", "--kubelet-insecure-tls"]).length, 1);
        assert.equal(extraArgumentProblems(["--v", "--", "--kubelet-insecure-tls"]).length, 2);
    });

    it("lets harmless flags pass, with any value", () => {
        const harmless = [
            "--v=2",
            "-v=4",
            "--v",
            "--logging-format=json",
            "--node-selector=a=b,c!=d",
            "--kubelet-request-timeout=10s",
            "--audit-log-path=-",
            "--vmodule=tls*=4 ,x=1",
        ];
        assert.deepEqual(extraArgumentProblems(harmless), []);
    });

    it("names all that is wrong at once, in the order that was given", () => {
        assert.deepEqual(
            extraArgumentProblems(["--kubelet-insecure-tls", "--v=2", "x", "--profiling=true"]),
            [
                `extraArgs has "--kubelet-insecure-tls"; ${WEAKENS}`,
                `extraArgs has "x"; ${MALFORMED}`,
                `extraArgs has "--profiling=true"; ${OWNED}`,
            ],
        );
    });

    it("never lets a text pass that is not one flag", () => {
        fc.assert(
            fc.property(fc.string({ unit: "grapheme" }), (text) => {
                assert.ok(
                    extraArgumentProblems([text]).length === 1 ||
                        /^--?[A-Za-z][-\w]*(=|$)/.test(text),
                );
            }),
        );
    });
});
