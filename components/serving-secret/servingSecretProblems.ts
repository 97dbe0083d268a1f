import { dnsNameProblems } from "../nodes/dnsNameProblems";
import type { Fitting, Texts } from "../shared/lateCheck";
import { serviceCommonName } from "../shared/serviceNames";
import { servingPairProblems, type PairNames } from "../shared/servingPair";
import type { ServingSecretArgs } from "./servingSecretArgs";

const NAMES: PairNames = {
    certificate: "certificatePem",
    key: "privateKeyPem",
    bundle: "caCertificatePem",
    bundleExpected: "the CA certificates that verify it, PEM",
};

/** What has to fit: the pair, its CA, and the name of the Service. */
export function fittingOf(args: ServingSecretArgs): Fitting {
    const { namespace, certificatePem, privateKeyPem, caCertificatePem, serviceName } = args;
    return {
        needed: {
            namespace,
            certificatePem,
            privateKeyPem,
            ...(caCertificatePem !== undefined && { caCertificatePem }),
            ...(serviceName !== undefined && { serviceName }),
        },
        problems: servingSecretProblems,
    };
}

/** Everything that is wrong with a Secret's certificate and place, as far as they are known. No problem quotes the key. */
export function servingSecretProblems(known: Texts, now = new Date()): string[] {
    const { namespace, serviceName, certificatePem, privateKeyPem, caCertificatePem } = known;
    const names = [
        ...dnsNameProblems("namespace", namespace),
        ...dnsNameProblems("serviceName", serviceName),
    ];
    const isNamed = namespace !== undefined && serviceName !== undefined && names.length === 0;
    const pair = {
        certificate: certificatePem,
        key: privateKeyPem,
        bundle: caCertificatePem,
    };
    const hosts = isNamed ? [serviceCommonName(serviceName, namespace)] : [];
    return [...names, ...servingPairProblems(pair, hosts, NAMES, now)];
}
