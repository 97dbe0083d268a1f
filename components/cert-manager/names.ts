import * as pulumi from "@pulumi/pulumi";
import { NAMESPACE } from "../shared/owner";
import type { CertManagerArgs, IssuerArgs } from "./certManagerArgs";

/** cert-manager's own API group. */
export const GROUP = "cert-manager.io";
/** The Certificate that metrics-server serves. */
export const CERTIFICATE = "metrics-server";
/** The CA of the package's own: its Certificate, its Secret and the Issuer of it. */
export const CA_NAME = "metrics-server-ca";
/** The Issuer that lets that CA sign itself. */
export const SELF_SIGNED = "metrics-server-selfsigned";
/** By this annotation cainjector finds the Certificate whose CA belongs into an APIService. */
export const INJECT_FROM = { "cert-manager.io/inject-ca-from": `${NAMESPACE}/${CERTIFICATE}` };
/** What cert-manager leaves when a Certificate goes, and by which the package finds it. */
export const SECRET_COMPONENT = { "app.kubernetes.io/component": "cert-manager-secret" };

/** The Secret that cert-manager keeps the certificate in. */
export function secretNameOf({ secretName }: CertManagerArgs): string {
    return secretName ?? "metrics-server-tls";
}

/** An issuer with all that a Certificate says of it. */
export function referenceTo({ name, kind, group }: IssuerArgs) {
    return { name, kind: kind ?? "Issuer", group: group ?? GROUP };
}

/** Kind, name and group of an issuer that somebody else keeps, for scripts. None of them holds a blank. */
export function issuerWords({ issuer }: CertManagerArgs): pulumi.Output<string> | undefined {
    if (issuer === undefined) {
        return undefined;
    }
    const { name, kind, group } = referenceTo(issuer);
    return pulumi.interpolate`${kind} ${name} ${group}`;
}
