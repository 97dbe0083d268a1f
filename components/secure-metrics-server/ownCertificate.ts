import * as pulumi from "@pulumi/pulumi";
import { NAME } from "../metrics-server/manifests";
import { handSignerDown } from "../serving-certificate/clusterCa";
import { ownCaSettings } from "../serving-certificate/own";
import { ServingCertificate } from "../serving-certificate/servingCertificate";
import type { CertificateSettingsArgs } from "../serving-certificate/servingCertificateArgs";
import type { SignInCluster } from "../serving-certificate/source";
import { includesOwnCa } from "../serving-certificate/sources";
import { NAMESPACE } from "../shared/owner";
import { joinPem } from "../shared/pem";

/** The Service that metrics-server's certificate is for. */
export const SERVICE = { serviceName: NAME, namespace: NAMESPACE };

/** The certificate that is made or taken in the program. */
export function createCertificate(
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

/** CA certificates, PEM, and behind them that of source `own` where the arguments ask for it. */
export function withOwnCa(
    name: string,
    parent: pulumi.ComponentResource,
    settings: CertificateSettingsArgs,
    caCertificatePem: pulumi.Output<string>,
): pulumi.Output<string> {
    return includesOwnCa(settings)
        ? pulumi.all([caCertificatePem, ownCaBeside(name, parent, settings)]).apply(joinPem)
        : caCertificatePem;
}

/** The CA of source `own`, with the certificate that metrics-server would serve: the same resources as with that source. */
function ownCaBeside(
    name: string,
    parent: pulumi.ComponentResource,
    settings: CertificateSettingsArgs,
): pulumi.Output<string> {
    return createCertificate(name, parent, ownCaSettings(settings)).caCertificatePem;
}
