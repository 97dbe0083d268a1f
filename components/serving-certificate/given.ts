import * as pulumi from "@pulumi/pulumi";
import type { X509Certificate } from "node:crypto";
import { certificatesOf, isChained, latest, lifeIn } from "../shared/certificates";
import { behind } from "../shared/knownNow";
import { checkLate, knownTexts, type Fitting, type Texts } from "../shared/lateCheck";
import { joinPem } from "../shared/pem";
import { serviceCommonName } from "../shared/serviceNames";
import { servingPairProblems, type PairNames } from "../shared/servingPair";
import { foreignLifetime, noticeProblems } from "./certificateProfile";
import { extraNamesIn, extraTexts, lateAddressProblems } from "./extraNames";
import { missing, present } from "./missing";
import { endings } from "./renewal";
import { createServingKey } from "./servingKey";
import type { GivenCertificateArgs } from "./servingCertificateArgs";
import type { CertificateSource, ServiceNames, SourcedCertificate, SourcePlace } from "./source";

const REQUEST_FIRST =
    "; next: without one, run with source own, have its output certificateRequest signed, and give what comes back";
const NAMES: PairNames = {
    certificate: "given.certificatePem",
    key: "given.privateKeyPem",
    bundle: "given.caCertificatePem",
    bundleExpected: "the CA certificates that verify it, PEM",
};
/** The name of the package's own key in what is looked at; it is no argument. */
const OWN_KEY = "certificateRequest";
const RENEW = "have it renewed where it was made, and give what comes back in";

/** A certificate that was made elsewhere, with its key or for a key of the package. It is looked at before anything is made of it. */
export const GIVEN: CertificateSource = {
    problems: (args, service) => [
        ...noticeProblems(args.renewBeforeHours),
        ...missing(
            "given",
            args.given,
            {
                certificatePem: "the serving certificate and those that lead to its CA, PEM",
                caCertificatePem: "the CA certificates that verify it, PEM",
            },
            REQUEST_FIRST,
        ),
        ...(args.given === undefined
            ? []
            : problemsOf(knownTexts(fittingOf(args.given, service)), service)),
    ],
    make: makeGiven,
};

/** What has to fit: with the package's own key that key, with another one that one. */
function fittingOf(
    given: GivenCertificateArgs,
    service: ServiceNames,
    ownKey?: pulumi.Input<string>,
): Fitting {
    const key = given.privateKeyPem ?? ownKey;
    return {
        needed: {
            [NAMES.certificate]: given.certificatePem,
            [NAMES.bundle]: given.caCertificatePem,
            ...(key !== undefined && {
                [given.privateKeyPem === undefined ? OWN_KEY : NAMES.key]: key,
            }),
        },
        optional: extraTexts(service),
        problems: (known) => [...lateAddressProblems(known), ...problemsOf(known, service)],
    };
}

function problemsOf(known: Texts, service: ServiceNames): string[] {
    const { extraDnsNames, extraIpAddresses } = extraNamesIn(known);
    return servingPairProblems(
        {
            certificate: known[NAMES.certificate],
            key: known[NAMES.key] ?? known[OWN_KEY],
            bundle: known[NAMES.bundle],
        },
        [
            serviceCommonName(service.serviceName, service.namespace),
            ...extraDnsNames,
            ...extraIpAddresses,
        ],
        known[OWN_KEY] === undefined ? NAMES : { ...NAMES, isOwnKey: true },
        new Date(),
    );
}

function makeGiven(place: SourcePlace): SourcedCertificate {
    const { name, args } = place;
    const given = present(args.given, "given certificate");
    const own = given.privateKeyPem === undefined ? createServingKey(place) : undefined;
    const key = given.privateKeyPem ?? own?.key.privateKeyPemPkcs8 ?? "";
    const checked = checkLate(
        { component: "ServingCertificate", name },
        fittingOf(given, args, own?.key.privateKeyPemPkcs8),
    );
    const chain = behind(given.certificatePem, checked);
    const bundle = behind(given.caCertificatePem, checked);
    const leaf = chain.apply((pem) => lifeIn(certificatesOf(pem)[0]));
    const ca = pulumi
        .all([chain, bundle])
        .apply(([leafPem, caPem]) =>
            lifeIn(verifying(certificatesOf(leafPem), certificatesOf(caPem))),
        );
    const notAfter = leaf.apply((life) => life.notAfter);
    const caNotAfter = ca.apply((life) => life.notAfter);
    return {
        certificatePem: chain.apply((pem) => joinPem([pem])),
        privateKeyPem: pulumi.secret(behind(key, checked)),
        caCertificatePem: bundle.apply((pem) => joinPem([pem])),
        notAfter,
        caNotAfter,
        ending: endings([
            {
                what: `${name}: the serving certificate`,
                notAfter,
                lifetime: leaf.apply(({ hours }) => foreignLifetime(hours, args.renewBeforeHours)),
                next: `${RENEW} given.certificatePem`,
            },
            {
                what: `${name}: the CA certificate in given`,
                notAfter: caNotAfter,
                lifetime: ca.apply(({ hours }) => foreignLifetime(hours)),
                next: `${RENEW} given.caCertificatePem, beside the one that ends`,
            },
        ]),
        certificateRequest: own?.request.certRequestPem ?? pulumi.output(""),
        checked,
    };
}

/** Of the CAs that vouch for a chain, the one that ends last. */
function verifying(
    chain: X509Certificate[],
    bundle: X509Certificate[],
): X509Certificate | undefined {
    return latest(bundle.filter((ca) => isChained(chain, [ca])));
}
