import assert from "node:assert/strict";
import fc from "fast-check";
import { containerArgs } from "../../components/metrics-server/deploymentSpec";
import {
    extraArgumentProblems,
    nodeSelectorIn,
} from "../../components/metrics-server/extraArguments";
import {
    decisionOf,
    FLAGS,
    PASSED,
    type FlagDecision,
} from "../../components/metrics-server/flags";
import { TlsVersion } from "../../components/metrics-server/metricsServerArgs";
import { DEPLOYMENT_SETTINGS } from "./support/fixtures";

const WEAKENS = "it would switch off or weaken a check that this package exists for";
const OWNED = "the package sets this flag itself";
const UNKNOWN = `expected one of the flags that weaken nothing: ${PASSED.map((flag) => `--${flag}`).join(", ")}`;
const MALFORMED = "expected one flag with its value in one string, such as --v=2";

/** Flags that switch a check off or let somebody else decide it, and what is said of them. */
const WEAKENING_FLAGS = Object.entries<FlagDecision>(FLAGS).flatMap(
    ([flag, decision]): [string, string][] =>
        "refused" in decision && decision.weakens === true ? [[flag, decision.refused]] : [],
);

/** The same of other releases, v0.7 among them, and of one that is yet to come. */
const OTHER_WEAKENING_FLAGS = [
    "kubelet-certificate-authority-text",
    "kubelet-insecure-anything",
    "authentication-anonymous",
    "authorization-mode",
    "requestheader-any",
    "deprecated-anything",
    "debug-port",
    "webhook-kubeconfig",
];

describe("extraArgumentProblems", () => {
    for (const [flag, why] of WEAKENING_FLAGS) {
        it(`refuses --${flag}, and says what it would do`, () => {
            assert.deepEqual(extraArgumentProblems([`--${flag}=x`]), [
                `extraArgs has "--${flag}..."; ${WEAKENS}: ${why}; remove it`,
            ]);
        });
    }

    it("counts among those the ones that switch the verification of kubelets and of users off", () => {
        const flags = WEAKENING_FLAGS.map(([flag]) => flag);
        for (const flag of [
            "kubelet-insecure-tls",
            "deprecated-kubelet-completely-insecure",
            "kubelet-client-certificate",
            "kubelet-client-key",
            "authentication-skip-lookup",
            "authentication-tolerate-lookup-failure",
            "authentication-kubeconfig",
            "authorization-kubeconfig",
            "authorization-always-allow-paths",
            "kubeconfig",
            "debug-socket-path",
        ]) {
            assert.ok(flags.includes(flag), flag);
        }
    });

    for (const flag of OTHER_WEAKENING_FLAGS) {
        it(`refuses --${flag}, which no release here has, by its name`, () => {
            assert.deepEqual(extraArgumentProblems([`--${flag}=x`]), [
                `extraArgs has "--${flag}..."; ${WEAKENS}; remove it`,
            ]);
        });
    }

    it("names the argument that sets a flag", () => {
        for (const [flag, argument] of [
            ["client-ca-file", "clientCa"],
            ["requestheader-client-ca-file", "requestHeader.clientCa"],
            ["requestheader-allowed-names", "requestHeader.allowedNames"],
            ["kubelet-preferred-address-types", "kubeletPreferredAddressTypes"],
            ["metric-resolution", "metricResolutionSeconds"],
            ["tls-min-version", "tlsMinVersion"],
        ]) {
            assert.deepEqual(extraArgumentProblems([`--${flag}=x`]), [
                `extraArgs has "--${flag}..."; ${OWNED}; use the argument ${argument}`,
            ]);
        }
    });

    it("says of a flag that weakens nothing why it is refused", () => {
        assert.deepEqual(extraArgumentProblems(["--version", "--audit-webhook-mode=batch"]), [
            'extraArgs has "--version"; it prints the version and ends, so no pod would serve; remove it',
            'extraArgs has "--audit-webhook-mode..."; it needs a kubeconfig with a credential in the pod; write the log with --audit-log-path and ship that; remove it',
        ]);
    });

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
        assert.deepEqual(extraArgumentProblems(["--profiling=true"]), [
            `extraArgs has "--profiling..."; ${OWNED}, and it has no other value; remove it`,
        ]);
    });

    it("sees a flag through every spelling that the flag parser understands, and more", () => {
        const spelled = fc
            .tuple(
                fc.constantFrom(
                    ...WEAKENING_FLAGS.map(([flag]) => flag),
                    ...OTHER_WEAKENING_FLAGS,
                    "tls-cert-file",
                    "secure-port",
                    "cert-dir",
                ),
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
                assert.ok(problem?.includes(WEAKENS) === true || problem?.includes(OWNED) === true);
            }),
        );
    });

    it("refuses a flag of a later release, and says what may be set", () => {
        assert.deepEqual(extraArgumentProblems(["--a-flag-of-a-later-release=x"]), [
            `extraArgs has "--a-flag-of-a-later-release..."; ${UNKNOWN}`,
        ]);
    });

    it("refuses everything but what the table passes through", () => {
        for (const flag of Object.keys(FLAGS)) {
            assert.equal(
                extraArgumentProblems([`--${flag}=x`]).length,
                PASSED.includes(flag) ? 0 : 1,
                flag,
            );
        }
        assert.equal(decisionOf("a-flag-of-a-later-release"), undefined);
    });

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
            const [, problem] =
                /^extraArgs has ".{0,67}"; (.*)$/.exec(extraArgumentProblems([argument]).join()) ??
                [];
            assert.equal(problem, MALFORMED);
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

    it("shows no value: it may be a secret, and so may a text that is no flag", () => {
        for (const text of [
            "--token=marker",
            "-----BEGIN EC PRIVATE KEY-----\nmarker",
            "--v marker",
        ]) {
            const [problem = ""] = extraArgumentProblems([text]);
            assert.match(problem, /^extraArgs has "-[^"]*\.\.\."; /);
            assert.doesNotMatch(problem, /marker/);
        }
    });

    it("names all that is wrong at once, in the order that was given", () => {
        assert.deepEqual(
            extraArgumentProblems(["--kubelet-insecure-tls", "--v=2", "x", "--profiling=true"]),
            [
                `extraArgs has "--kubelet-insecure-tls"; ${WEAKENS}: metrics-server would hand its token to whoever answers on the kubelet's port; remove it`,
                `extraArgs has "x"; ${MALFORMED}`,
                `extraArgs has "--profiling..."; ${OWNED}, and it has no other value; remove it`,
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

describe("nodeSelectorIn", () => {
    it("finds what --node-selector selects, and the last one where there are several", () => {
        assert.equal(nodeSelectorIn(["--v=2"]), undefined);
        assert.equal(nodeSelectorIn(["--node-selector=a=b,c!=d", "--v=2"]), "a=b,c!=d");
        assert.equal(nodeSelectorIn(["--node-selector=a", "--node_selector=b"]), "b");
    });

    it("takes an empty selector for none: it selects every node", () => {
        assert.equal(nodeSelectorIn(["--node-selector=a", "--node-selector="]), undefined);
        assert.equal(nodeSelectorIn(["--node-selector"]), undefined);
    });

    it("takes no other spelling for it that metrics-server would not", () => {
        assert.equal(nodeSelectorIn(["--NODE-SELECTOR=a"]), undefined);
    });
});
