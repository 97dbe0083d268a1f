import * as pulumi from "@pulumi/pulumi";
import { acceptedForm } from "../shared/argumentForm";
import { refuse } from "../shared/invalidArguments";
import { base64, joinPem } from "../shared/pem";
import { CLUSTER_DOMAIN } from "../shared/serviceNames";
import { withAdditionalCa } from "./additionalCa";
import { serviceProblems } from "./certificateProfile";
import { signerOf } from "./clusterCa";
import { extraAddressProblems } from "./extraNames";
import { includedOwnCa } from "./own";
import { firstRenewal, warnOfEndings } from "./renewal";
import { CertificateSource, type ServingCertificateArgs } from "./servingCertificateArgs";
import { certificateSettingProblems, includesOwnCa, isInCluster, sourceInProgram } from "./sources";

/**
 * A serving certificate for one Service, for any extension API server or webhook that the API server calls, by default under a CA
 * of its own. Keys that it makes are ECDSA P-256; all keys stay in the stack's state, encrypted with its secrets provider. A
 * `pulumi up` inside the renewal window replaces a certificate that it has signed; the CA key stays, so the `caBundle` stays too.
 */
export class ServingCertificate extends pulumi.ComponentResource {
    /** The serving certificate followed by its CA certificate, PEM: what belongs into `tls.crt`. */
    public readonly certificatePem: pulumi.Output<string>;
    /** The serving certificate's private key, PEM (PKCS #8 where the package made it). A secret. */
    public readonly privateKeyPem: pulumi.Output<string>;
    /** The CA certificates that verify it, PEM: those of the source, with `own` of all key slots, and those of `includeOwnCa` and `additionalCaPem`. */
    public readonly caCertificatePem: pulumi.Output<string>;
    /** Base64 of `caCertificatePem`: the value for `caBundle` in an APIService or a webhook configuration. */
    public readonly caBundle: pulumi.Output<string>;
    /** When the serving certificate expires, RFC 3339. */
    public readonly notAfter: pulumi.Output<string>;
    /** When the active CA certificate expires, RFC 3339; with source `given`, the one that verifies it and ends last. */
    public readonly caNotAfter: pulumi.Output<string>;
    /**
     * From when on a `pulumi up` renews one of them, RFC 3339, or what was given has to be renewed where it was made. Runs warn in
     * the 31 days before, inside the renewal window, and when a certificate has expired; of what was given inside the window only.
     */
    public readonly renewalTime: pulumi.Output<string>;
    /**
     * A certificate signing request of the package's own key, PEM, for source `given`: have it signed elsewhere. Empty where the
     * key was given as well.
     */
    public readonly certificateRequest: pulumi.Output<string>;

    constructor(
        name: string,
        args: ServingCertificateArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        const owner = { component: "ServingCertificate", name };
        const sign = signerOf(args);
        args = acceptedForm(owner, args);
        refuse(owner.component, name, argumentProblems(args, sign !== undefined));
        super("secure-metrics-server:index:ServingCertificate", name, {}, opts);
        const place = { parent: this, name, args, sign };
        const sourced = sourceInProgram(args).make(place);
        const authorities = includesOwnCa(args)
            ? pulumi.all([sourced.caCertificatePem, includedOwnCa(place)]).apply(joinPem)
            : sourced.caCertificatePem;
        keepCheck(this, sourced.checked);

        this.certificatePem = sourced.certificatePem;
        this.privateKeyPem = sourced.privateKeyPem;
        this.caCertificatePem = withAdditionalCa(owner, args, authorities);
        this.caBundle = this.caCertificatePem.apply(base64);
        this.notAfter = sourced.notAfter;
        this.caNotAfter = sourced.caNotAfter;
        this.renewalTime = sourced.ending.apply(firstRenewal);
        this.certificateRequest = sourced.certificateRequest;
        sourced.ending.apply((all) => warnOfEndings(this, all));
        this.registerOutputs({
            certificatePem: this.certificatePem,
            privateKeyPem: this.privateKeyPem,
            caCertificatePem: this.caCertificatePem,
            caBundle: this.caBundle,
            notAfter: this.notAfter,
            caNotAfter: this.caNotAfter,
            renewalTime: this.renewalTime,
            certificateRequest: this.certificateRequest,
        });
    }
}

/** What to do where there is nothing to make. */
const INSTEAD = {
    [CertificateSource.ExistingSecret]: "mount the Secret by its name",
    [CertificateSource.CertManager]: "make a Certificate of cert-manager's",
};

/** Everything that is wrong with the arguments, as far as it is known. */
function argumentProblems(args: ServingCertificateArgs, hasSigner: boolean): string[] {
    const { source, serviceName, namespace, clusterDomain = CLUSTER_DOMAIN } = args;
    return [
        ...(notHere(source, hasSigner) ?? certificateSettingProblems(args, args)),
        ...serviceProblems(serviceName, namespace, clusterDomain),
        ...extraAddressProblems(args),
    ];
}

/** Why a source is none of this component's. */
function notHere(source: CertificateSource | undefined, hasSigner: boolean): string[] | undefined {
    if (source !== undefined && isInCluster(source)) {
        return [
            `source is "${source}", and there is nothing to make; expected own, givenCa or given; next: ${INSTEAD[source]}`,
        ];
    }
    return source === CertificateSource.ClusterCa && !hasSigner
        ? [
              'source is "clusterCa", and only SecureMetricsServer knows the control plane where the cluster\'s CA signs; expected own, givenCa or given; next: for another Service than metrics-server choose own, whose CA signs nothing else',
          ]
        : undefined;
}

const checks = new WeakMap<pulumi.Resource, Promise<void>>();

function keepCheck(component: ServingCertificate, checked: Promise<void>): void {
    checks.set(component, checked);
}

/** Fails when what was given for a certificate became known late and cannot be used, so that nothing is changed before. */
export function checkOf(component: ServingCertificate): Promise<void> {
    return checks.get(component) ?? Promise.resolve();
}
