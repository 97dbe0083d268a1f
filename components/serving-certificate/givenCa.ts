import * as pulumi from "@pulumi/pulumi";
import { certificatesOf, lifeIn } from "../shared/certificates";
import { behind } from "../shared/knownNow";
import { checkLate, knownTexts, type Fitting, type Texts } from "../shared/lateCheck";
import { joinPem } from "../shared/pem";
import { CA_CERTIFICATE, CA_KEY, givenCaProblems, permittedNames } from "./authority";
import { foreignLifetime, leafLifetime, leafProblems } from "./certificateProfile";
import { extraNamesIn, extraTexts } from "./extraNames";
import { missing, present } from "./missing";
import { endings } from "./renewal";
import { createServingKey, signLeaf } from "./servingKey";
import type { GivenCaArgs } from "./servingCertificateArgs";
import type { CertificateSource, ServiceNames, SourcedCertificate, SourcePlace } from "./source";

const CA_NEXT =
    "have the CA renewed where it was made, put its successor into additionalCaPem, and in the next run into givenCa";

/** A CA that is given signs. The leaf is renewed as with a CA of the package's own; the CA is renewed where it was made. */
export const GIVEN_CA: CertificateSource = {
    problems: (args, service) => [
        ...leafProblems(leafLifetime(args)),
        ...missing("givenCa", args.givenCa, {
            certificatePem: "the CA's certificate, PEM",
            privateKeyPem: "its private key, PEM",
        }),
        ...(args.givenCa === undefined ? [] : problemsNow(args.givenCa, service)),
    ],
    make: makeUnderGivenCa,
};

function fittingOf(ca: GivenCaArgs, service: ServiceNames): Fitting {
    return {
        needed: { [CA_CERTIFICATE]: ca.certificatePem, [CA_KEY]: ca.privateKeyPem },
        optional: extraTexts(service),
        problems: (known) => problemsOf(known, service),
    };
}

function problemsNow(ca: GivenCaArgs, service: ServiceNames): string[] {
    return problemsOf(knownTexts(fittingOf(ca, service)), service);
}

function problemsOf(known: Texts, service: ServiceNames): string[] {
    return givenCaProblems(
        { certificate: known[CA_CERTIFICATE], key: known[CA_KEY] },
        { ...service, ...extraNamesIn(known) },
    );
}

function makeUnderGivenCa(place: SourcePlace): SourcedCertificate {
    const { name, args } = place;
    const given = present(args.givenCa, "givenCa");
    const leaf = leafLifetime(args);
    const checked = checkLate({ component: "ServingCertificate", name }, fittingOf(given, args));
    const ca = behind(given.certificatePem, checked);
    const caKey = pulumi.secret(behind(given.privateKeyPem, checked));
    const names = pulumi
        .all([ca, pulumi.all(args.extraDnsNames ?? [])])
        .apply(([pem, extraDnsNames]) =>
            permittedNames(certificatesOf(pem)[0], { ...args, extraDnsNames }),
        );
    const serving = createServingKey(place, names);
    const certificate = signLeaf(place, serving, { key: caKey, certificate: ca }, leaf);
    const life = ca.apply((pem) => lifeIn(certificatesOf(pem)[0]));
    const notAfter = certificate.validityEndTime;
    const caNotAfter = life.apply((known) => known.notAfter);
    return {
        certificatePem: pulumi.all([certificate.certPem, ca]).apply(joinPem),
        privateKeyPem: pulumi.secret(serving.key.privateKeyPemPkcs8),
        caCertificatePem: ca.apply((pem) => joinPem([pem])),
        notAfter,
        caNotAfter,
        ending: endings([
            { what: `${name}: the serving certificate`, notAfter, lifetime: leaf },
            {
                what: `${name}: the CA in givenCa`,
                notAfter: caNotAfter,
                lifetime: life.apply(({ hours }) => foreignLifetime(hours)),
                next: CA_NEXT,
            },
        ]),
        certificateRequest: serving.request.certRequestPem,
        checked,
    };
}
