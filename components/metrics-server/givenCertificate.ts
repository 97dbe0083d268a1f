import { certManagerProblems, checkCertManager } from "../cert-manager/certManagerProblems";
import { secretNameProblems } from "../nodes/dnsNameProblems";
import { HandDown } from "../shared/handDown";
import { peek, valueNow } from "../shared/knownNow";
import type { Owner } from "../shared/invalidArguments";
import { checkLate, type Fitting, type Texts } from "../shared/lateCheck";
import { NAMESPACE } from "../shared/owner";
import { serviceCommonName } from "../shared/serviceNames";
import { servingPairProblems, type PairNames } from "../shared/servingPair";
import { NAME } from "./manifests";
import type { MetricsServerArgs } from "./metricsServerArgs";

const NAMES: PairNames = {
    certificate: "certificatePem",
    key: "privateKeyPem",
    bundle: "caBundle",
    bundleExpected: "base64 of the CA certificates",
};

/** What has to fit of a certificate that was made elsewhere. With a Secret there is only what the API server verifies it with. */
export function certificateFitting(args: MetricsServerArgs): Fitting {
    const { certificatePem, privateKeyPem, caBundle, secretName } = args;
    const pair = { certificatePem, privateKeyPem };
    return {
        needed: secretName === undefined ? { ...pair, caBundle } : { caBundle },
        optional: secretName === undefined ? {} : pair,
        problems: givenCertificateProblems,
    };
}

/** What is wrong with what comes from the cluster itself, as far as it is known, and with what stands beside it. */
export function inClusterProblems(args: MetricsServerArgs): string[] {
    const { certManager } = args;
    if (certManager === undefined) {
        return secretProblems(args);
    }
    const beside = (["certificatePem", "privateKeyPem", "secretName", "caBundle"] as const).filter(
        (at) => args[at] !== undefined,
    );
    return [
        ...beside.map(
            (at) => `${at} and certManager are both set; expected one of them; next: remove ${at}`,
        ),
        ...certManagerProblems(certManager),
    ];
}

function secretProblems(args: MetricsServerArgs): string[] {
    if (args.secretName === undefined) {
        return [];
    }
    const beside = (["certificatePem", "privateKeyPem"] as const).filter(
        (at) => args[at] !== undefined,
    );
    return [
        ...beside.map(
            (at) => `${at} and secretName are both set; expected one of them; next: remove ${at}`,
        ),
        ...secretNameProblems("secretName", valueNow(peek(args.secretName))),
    ];
}

const madeByParent = new HandDown<true>();

/** Marks arguments whose certificate this package makes or has looked at in the same run: there is nothing to check. */
export function withOwnCertificate(args: MetricsServerArgs): MetricsServerArgs {
    return madeByParent.give(args, true);
}

/** Ends well when the certificate is one to use, also when it becomes known late; otherwise with all problems. */
export function checkCertificate(owner: Owner, args: MetricsServerArgs): Promise<void> {
    if (madeByParent.take(args) === true) {
        return Promise.resolve();
    }
    return args.certManager === undefined
        ? checkLate(owner, certificateFitting(args))
        : checkCertManager(owner, args.certManager);
}

/** Everything that is wrong with a certificate that was made elsewhere. No problem quotes the key. */
export function givenCertificateProblems(
    { certificatePem, privateKeyPem, caBundle }: Texts,
    now = new Date(),
): string[] {
    const pair = {
        certificate: certificatePem,
        key: privateKeyPem,
        bundle: caBundle === undefined ? undefined : decoded(caBundle),
    };
    return servingPairProblems(pair, [serviceCommonName(NAME, NAMESPACE)], NAMES, now);
}

/** The text of a `caBundle`; base64 of something else decodes to something else. */
function decoded(bundle: string): string {
    return /^[A-Za-z0-9+/\s]*={0,2}\s*$/.test(bundle)
        ? Buffer.from(bundle, "base64").toString("utf8")
        : "";
}
