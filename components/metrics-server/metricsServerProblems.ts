import { extraArgumentProblems } from "./extraArguments";
import { kubeletCaProblem } from "../shared/kubeletCaProblem";
import { isKnown, LATER, peek, type Peeked } from "../shared/knownNow";
import {
    TlsVersion,
    type MetricsServerArgs,
    type MetricsServerSettingsArgs,
} from "./metricsServerArgs";
import { DEFAULT_KUBERNETES, kubernetesVersionProblem } from "./releases";

/** TLS 1.2 suites with forward secrecy and authenticated encryption. All others weaken the connection. */
const CIPHER_SUITES = [
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
    "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
];

/** As text, because a value from another language may be none of the enum's. */
const THIRTEEN: string = TlsVersion.Tls13;

/** Everything that is wrong with the settings of metrics-server, as far as their values are known. */
export function metricsServerProblems(args: MetricsServerSettingsArgs): string[] {
    return [
        ...compact([
            kubernetesVersionProblem(args.kubernetesVersion ?? DEFAULT_KUBERNETES),
            replicasProblem(args.replicas),
            resolutionProblem(args.metricResolutionSeconds),
            kubeletCaProblem(args.kubeletCa),
            imageProblem(args),
        ]),
        ...extraArgumentProblems((args.extraArgs ?? []).map((each) => peek(each)).filter(isKnown)),
        ...tlsProblems(args),
    ];
}

/** What is wrong with a certificate that was made elsewhere, as far as it is known. No problem quotes what it found. */
export function certificateProblems(args: MetricsServerArgs): string[] {
    const [certificate, key, bundle] = [args.certificatePem, args.privateKeyPem, args.caBundle].map(
        (each) => peek(each),
    );
    return compact([
        pemProblem(
            "certificatePem",
            certificate,
            CERTIFICATE,
            "the serving certificate and its CA",
        ),
        pemProblem("privateKeyPem", key, PRIVATE_KEY, "one that is not encrypted"),
        pemProblem("caBundle", decoded(bundle), CERTIFICATE, "base64 of the CA certificates"),
    ]);
}

const CERTIFICATE = /^-----BEGIN CERTIFICATE-----$/m;
const PRIVATE_KEY = /^-----BEGIN (EC |RSA )?PRIVATE KEY-----$/m;

function pemProblem(
    at: string,
    value: Peeked<string>,
    wanted: RegExp,
    expected: string,
): string | undefined {
    if (!isKnown(value)) {
        return undefined;
    }
    const kind = wanted === CERTIFICATE ? "PEM certificate" : "PEM private key";
    if (!wanted.test(value)) {
        return `${at} has no ${kind}; expected ${expected}`;
    }
    return wanted === CERTIFICATE && value.includes("PRIVATE KEY")
        ? `${at} has a private key, and everybody may read it; expected ${expected}`
        : undefined;
}

/** The text of a `caBundle`; base64 of something else decodes to something else. */
function decoded(bundle: Peeked<string>): Peeked<string> {
    return isKnown(bundle) && /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(bundle)
        ? Buffer.from(bundle, "base64").toString("utf8")
        : isKnown(bundle)
          ? ""
          : bundle;
}

function replicasProblem(replicas: number | undefined): string | undefined {
    return replicas === undefined || (Number.isInteger(replicas) && replicas >= 1)
        ? undefined
        : `replicas is ${replicas}; expected a whole number from 1 on; without a pod every request for metrics fails`;
}

function resolutionProblem(seconds: number | undefined): string | undefined {
    return seconds === undefined || (Number.isInteger(seconds) && seconds >= 12 && seconds <= 300)
        ? undefined
        : `metricResolutionSeconds is ${seconds}; expected 12 to 300: metrics-server refuses to start when nine tenths of it are less than its 10 s limit for a kubelet`;
}

function imageProblem(args: MetricsServerSettingsArgs): string | undefined {
    const image = peek(args.image);
    return image === undefined ||
        image === LATER ||
        /^[^\s@]+(:[\w.-]+|(:[\w.-]+)?@sha256:[0-9a-f]{64})$/.test(image)
        ? undefined
        : `image is "${image}"; expected an image with tag or digest`;
}

function tlsProblems({ tlsMinVersion, tlsCipherSuites }: MetricsServerSettingsArgs): string[] {
    const suites = tlsCipherSuites ?? [];
    const version: string = tlsMinVersion ?? TlsVersion.Tls13;
    const problems = suites
        .filter((suite) => !CIPHER_SUITES.includes(suite))
        .map(
            (suite) =>
                `tlsCipherSuites has "${suite}"; expected some of ${CIPHER_SUITES.join(", ")}`,
        );
    if (!Object.values<string>(TlsVersion).includes(version)) {
        problems.push(
            `tlsMinVersion is "${version}"; expected ${Object.values(TlsVersion).join(" or ")}`,
        );
    }
    if (suites.length > 0 && version === THIRTEEN) {
        problems.push(
            "tlsCipherSuites is set and tlsMinVersion is TLS 1.3, whose suites cannot be chosen; set tlsMinVersion to TlsVersion.Tls12 or remove tlsCipherSuites",
        );
    }
    return problems;
}

function compact(problems: (string | undefined)[]): string[] {
    return problems.filter((problem) => problem !== undefined);
}
