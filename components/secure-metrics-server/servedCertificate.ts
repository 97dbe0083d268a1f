import * as pulumi from "@pulumi/pulumi";
import type { remote } from "@pulumi/command";
import type { CertManagerArgs } from "../cert-manager/certManagerArgs";
import type { SecretToCheck } from "../cluster-preflight/secretSettings";
import { fromCertManager } from "./certManaged";
import { withAdditionalCa } from "../serving-certificate/additionalCa";
import { existingSecretEndings, existingSecretOf } from "../serving-certificate/existingSecret";
import { firstRenewal, warnOfEndings } from "../serving-certificate/renewal";
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
import { servedNow } from "./servedNow";

/** metrics-server's certificate as the rest sees it, which does not know where it comes from. */
export interface ServedCertificate {
    /** What MetricsServer takes: a pair for a Secret that is made, or the name of one that is there, or what cert-manager is to do. */
    mounted:
        | {
              certificatePem: pulumi.Output<string>;
              privateKeyPem: pulumi.Output<string>;
              caBundle: pulumi.Output<string>;
          }
        | { secretName: pulumi.Output<string>; caBundle: pulumi.Output<string> }
        | { certManager: CertManagerArgs };
    /** What scripts look at in the cluster, because no program knows it. */
    secret: SecretToCheck | undefined;
    /** What is known of it after the last check. */
    outputs: (lastCheck: remote.Command | undefined) => CertificateOutputs;
    /** The request for a certificate of the package's own key, PEM; empty where there is no such key. */
    certificateRequest: pulumi.Output<string>;
    /** Fails when something that became known late cannot be used, so that nothing is changed before. */
    checked: Promise<void>;
}

/** What is told of the certificate; what nobody knows is empty. */
export interface CertificateOutputs {
    /** Base64 of the CA certificates that the API server verifies it with. */
    caBundle: pulumi.Output<string>;
    /** Times, RFC 3339: when it ends, when its CA does, and when somebody has to do something about that. */
    notAfter: pulumi.Output<string>;
    caNotAfter: pulumi.Output<string>;
    renewalTime: pulumi.Output<string>;
}

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
        outputs: (lastCheck) => {
            const served = pulumi.unsecret(lastCheck?.stdout ?? pulumi.output("")).apply(servedNow);
            const ending = pulumi
                .all([secret.name, secret.caNotAfter, served])
                .apply(([name, caNotAfter, now]) =>
                    existingSecretEndings({ name, caNotAfter }, now, settings.renewBeforeHours),
                );
            ending.apply((all) => warnOfEndings(parent, all));
            return {
                caBundle,
                notAfter: served.apply(({ notAfter }) => notAfter),
                caNotAfter: secret.caNotAfter,
                renewalTime: ending.apply(firstRenewal),
            };
        },
        certificateRequest: pulumi.output(""),
        checked: secret.checked,
    };
}
