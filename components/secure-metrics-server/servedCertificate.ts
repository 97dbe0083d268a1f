import * as pulumi from "@pulumi/pulumi";
import type { remote } from "@pulumi/command";
import type { SecretToCheck } from "../cluster-preflight/secretSettings";
import { NAME } from "../metrics-server/manifests";
import { withAdditionalCa } from "../serving-certificate/additionalCa";
import { handSignerDown } from "../serving-certificate/clusterCa";
import { existingSecretEndings, existingSecretOf } from "../serving-certificate/existingSecret";
import { ownCaSettings } from "../serving-certificate/own";
import { firstRenewal, warnOfEndings } from "../serving-certificate/renewal";
import { checkOf, ServingCertificate } from "../serving-certificate/servingCertificate";
import { includesOwnCa } from "../serving-certificate/sources";
import {
    CertificateSource,
    type CertificateSettingsArgs,
    type ExistingSecretArgs,
} from "../serving-certificate/servingCertificateArgs";
import type { SignInCluster } from "../serving-certificate/source";
import type { Owner } from "../shared/invalidArguments";
import { NAMESPACE } from "../shared/owner";
import { base64, joinPem } from "../shared/pem";
import { servedNow } from "./servedNow";

/** The Service that metrics-server's certificate is for. */
export const SERVICE = { serviceName: NAME, namespace: NAMESPACE };

/** metrics-server's certificate as the rest sees it, which does not know where it comes from. */
export interface ServedCertificate {
    /** What the pods mount: a pair for a Secret that is made, or the name of one that is there. */
    mounted:
        | { certificatePem: pulumi.Output<string>; privateKeyPem: pulumi.Output<string> }
        | { secretName: pulumi.Output<string> };
    /** Base64 of the CA certificates that the API server verifies it with. */
    caBundle: pulumi.Output<string>;
    /** What scripts look at in the cluster, because no program knows it. */
    secret: SecretToCheck | undefined;
    /** When it ends, and when somebody has to do something about that, after the last check. */
    ends: (lastCheck: remote.Command | undefined) => CertificateEnds;
    /** The request for a certificate of the package's own key, PEM; empty where there is no such key. */
    certificateRequest: pulumi.Output<string>;
    /** Fails when something that became known late cannot be used, so that nothing is changed before. */
    checked: Promise<void>;
}

/** Times, RFC 3339; what nobody knows is empty. */
export interface CertificateEnds {
    notAfter: pulumi.Output<string>;
    caNotAfter: pulumi.Output<string>;
    renewalTime: pulumi.Output<string>;
}

/** What metrics-server serves, from wherever the arguments say. `sign` is for a certificate that is signed in the cluster. */
export function servedCertificate(
    owner: Owner,
    parent: pulumi.ComponentResource,
    { existingSecret, ...issued }: CertificateSettingsArgs,
    sign?: SignInCluster,
): ServedCertificate {
    return issued.source === CertificateSource.ExistingSecret && existingSecret !== undefined
        ? fromSecret(owner, parent, issued, existingSecret)
        : fromProgram(owner, parent, issued, sign);
}

function createCertificate(
    name: string,
    parent: pulumi.ComponentResource,
    settings: CertificateSettingsArgs,
    sign?: SignInCluster,
): ServingCertificate {
    const args = { ...settings, ...SERVICE };
    return new ServingCertificate(
        `${name}-serving-certificate`,
        sign === undefined ? args : handSignerDown(args, sign),
        { parent },
    );
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
        mounted: { certificatePem, privateKeyPem },
        caBundle,
        secret: undefined,
        ends: () => certificate,
        certificateRequest,
        checked: checkOf(certificate),
    };
}

/** The CA of source `own`, with the certificate that metrics-server would serve: the same resources as with that source. */
function ownCaBeside(
    name: string,
    parent: pulumi.ComponentResource,
    settings: CertificateSettingsArgs,
): pulumi.Output<string> {
    return createCertificate(name, parent, ownCaSettings(settings)).caCertificatePem;
}

function fromSecret(
    owner: Owner,
    parent: pulumi.ComponentResource,
    settings: CertificateSettingsArgs,
    given: ExistingSecretArgs,
): ServedCertificate {
    const secret = existingSecretOf(owner, given);
    const authorities = includesOwnCa(settings)
        ? pulumi
              .all([secret.caCertificatePem, ownCaBeside(owner.name, parent, settings)])
              .apply(joinPem)
        : secret.caCertificatePem;
    const caCertificatePem = withAdditionalCa(owner, settings, authorities);
    return {
        mounted: { secretName: secret.name },
        caBundle: caCertificatePem.apply(base64),
        secret: { name: secret.name, caCertificatePem },
        ends: (lastCheck) => {
            const served = pulumi.unsecret(lastCheck?.stdout ?? pulumi.output("")).apply(servedNow);
            const ending = pulumi
                .all([secret.name, secret.caNotAfter, served])
                .apply(([name, caNotAfter, now]) =>
                    existingSecretEndings({ name, caNotAfter }, now, settings.renewBeforeHours),
                );
            ending.apply((all) => warnOfEndings(parent, all));
            return {
                notAfter: served.apply(({ notAfter }) => notAfter),
                caNotAfter: secret.caNotAfter,
                renewalTime: ending.apply(firstRenewal),
            };
        },
        certificateRequest: pulumi.output(""),
        checked: secret.checked,
    };
}
