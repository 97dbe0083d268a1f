import { addressTypeProblems } from "../nodes/addressTypes";
import { authenticationProblems } from "./authentication";
import { extraArgumentProblems } from "./extraArguments";
import { kubeletCaProblems } from "../shared/kubeletCa";
import { isSet, peek, valueNow } from "../shared/knownNow";
import { metadataProblems } from "./metadata";
import { TlsVersion, type MetricsServerSettingsArgs } from "./metricsServerArgs";
import { placementProblems } from "./placement";
import { podProblems } from "./podProblems";
import { DEFAULT_KUBERNETES, kubernetesVersionProblem } from "./releases";
import { extraVolumeProblems } from "./volumes";

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
        ]),
        ...kubeletCaProblems(args),
        ...compact([imageProblem(args)]),
        ...extraArgumentProblems(
            (args.extraArgs ?? [])
                .map((each) => peek(each))
                .filter(isSet)
                .map(({ value }) => value),
        ),
        ...tlsProblems(args),
        ...placementProblems(args),
        ...addressTypeProblems(args.kubeletPreferredAddressTypes),
        ...authenticationProblems(args),
        ...metadataProblems(args),
        ...podProblems(args),
        ...extraVolumeProblems(args.extraVolumes),
    ];
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
    const image = valueNow(peek(args.image));
    return image === undefined || /^[^\s@]+(:[\w.-]+|(:[\w.-]+)?@sha256:[0-9a-f]{64})$/.test(image)
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
