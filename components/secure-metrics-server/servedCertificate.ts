import * as pulumi from "@pulumi/pulumi";
import { fromCertManager } from "./certManaged";
import { withAdditionalCa } from "../serving-certificate/additionalCa";
import { existingSecretEndings, existingSecretOf } from "../serving-certificate/existingSecret";
import { checkOf } from "../serving-certificate/servingCertificate";
import {
    CertificateSource,
    type CertificateSettingsArgs,
    type ExistingSecretArgs,
} from "../serving-certificate/servingCertificateArgs";
import type { SignInCluster } from "../serving-certificate/source";
import type { Owner } from "../shared/invalidArguments";
import { base64 } from "../shared/pem";
import { createCertificate, withOwnCa } from "./ownCertificate";
import type { ServedCertificate } from "./served";
import { seenEnd } from "./seen";

/** What metrics-server serves, from wherever the arguments say. `sign` is for a certificate that is signed in the cluster. */
export function servedCertificate(
    owner: Owner,
    parent: pulumi.ComponentResource,
    { existingSecret, certManager, ...issued }: CertificateSettingsArgs,
    sign?: SignInCluster,
): ServedCertificate {
    if (issued.source === CertificateSource.CertManager) {
        return fromCertManager(owner, parent, issued, certManager ?? {});
    }
    return issued.source === CertificateSource.ExistingSecret && existingSecret !== undefined
        ? fromSecret(owner, parent, issued, existingSecret)
        : fromProgram(owner, parent, issued, sign);
}

function fromProgram(
    { name }: Owner,
    parent: pulumi.ComponentResource,
    settings: CertificateSettingsArgs,
    sign: SignInCluster | undefined,
): ServedCertificate {
    const certificate = createCertificate(name, parent, settings, sign);
    const { certificatePem, privateKeyPem, caBundle, certificateRequest } = certificate;
    return {
        mounted: { certificatePem, privateKeyPem, caBundle },
        secret: undefined,
        outputs: () => certificate,
        certificateRequest,
        checked: checkOf(certificate),
    };
}

function fromSecret(
    owner: Owner,
    parent: pulumi.ComponentResource,
    settings: CertificateSettingsArgs,
    given: ExistingSecretArgs,
): ServedCertificate {
    const secret = existingSecretOf(owner, given);
    const authorities = withOwnCa(owner.name, parent, settings, secret.caCertificatePem);
    const caCertificatePem = withAdditionalCa(owner, settings, authorities);
    const caBundle = caCertificatePem.apply(base64);
    return {
        mounted: { secretName: secret.name, caBundle },
        secret: { name: secret.name, caCertificatePem },
        outputs: (lastCheck) => ({
            caBundle,
            caNotAfter: secret.caNotAfter,
            ...seenEnd(parent, lastCheck, (served) =>
                pulumi
                    .all([secret.name, secret.caNotAfter])
                    .apply(([name, caNotAfter]) =>
                        existingSecretEndings(
                            { name, caNotAfter },
                            served,
                            settings.renewBeforeHours,
                        ),
                    ),
            ),
        }),
        certificateRequest: pulumi.output(""),
        checked: secret.checked,
    };
}
