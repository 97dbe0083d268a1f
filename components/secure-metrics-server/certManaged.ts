import * as pulumi from "@pulumi/pulumi";
import type { CertManagerArgs } from "../cert-manager/certManagerArgs";
import { checkCertManager } from "../cert-manager/certManagerProblems";
import { CERTIFICATE, issuerWords, secretNameOf } from "../cert-manager/names";
import { withAdditionalCa } from "../serving-certificate/additionalCa";
import { certManagerEndings, isForRuns } from "../serving-certificate/certManager";
import type { CertificateSettingsArgs } from "../serving-certificate/servingCertificateArgs";
import { certificatesOf, latest, lifeIn } from "../shared/certificates";
import type { Owner } from "../shared/invalidArguments";
import { behind } from "../shared/knownNow";
import { base64 } from "../shared/pem";
import { withOwnCa } from "./ownCertificate";
import type { ServedCertificate } from "./served";
import { printed, seenEnd } from "./seen";
import { caBundleNow } from "./servedNow";

/** A certificate that cert-manager issues. Only the last check knows what is served, and what cainjector made of `caBundle`. */
export function fromCertManager(
    owner: Owner,
    parent: pulumi.ComponentResource,
    settings: CertificateSettingsArgs,
    given: CertManagerArgs,
): ServedCertificate {
    const checked = checkCertManager(owner, given);
    const caBundlePem =
        given.caBundlePem === undefined
            ? undefined
            : withAdditionalCa(
                  owner,
                  settings,
                  withOwnCa(owner.name, parent, settings, behind(given.caBundlePem, checked)),
              );
    const issuer = issuerWords(given);
    const named = given.issuer && {
        issuer: { ...given.issuer, name: behind(given.issuer.name, checked) },
    };
    return {
        mounted: { certManager: { ...given, ...named, ...(caBundlePem && { caBundlePem }) } },
        secret: {
            name: secretNameOf(given),
            caCertificatePem: caBundlePem,
            certManager: { name: CERTIFICATE, issuer: issuer && behind(issuer, checked) },
        },
        outputs: (lastCheck) => {
            const bundle = caBundlePem ?? printed(lastCheck).apply(caBundleNow);
            return {
                caBundle: bundle.apply(base64),
                caNotAfter: bundle.apply((pem) => lifeIn(latest(certificatesOf(pem))).notAfter),
                ...seenEnd(
                    parent,
                    lastCheck,
                    (served) => certManagerEndings(served, settings.renewBeforeHours),
                    isForRuns,
                ),
            };
        },
        certificateRequest: pulumi.output(""),
        checked,
    };
}
