import * as pulumi from "@pulumi/pulumi";
import * as tls from "@pulumi/tls";
import {
    DEFAULT_CA,
    DEFAULT_LEAF,
    generationProblems,
    lifetimeProblems,
    serviceProblems,
    serviceCommonName,
    serviceDnsNames,
    type Lifetime,
} from "./certificateProfile";
import { acceptedForm } from "../shared/argumentForm";
import { refuse } from "../shared/invalidArguments";
import { warnInPassing } from "../shared/log";
import { base64, joinPem } from "../shared/pem";
import { earliest, renewalTime, renewalWarning, type RenewedCertificate } from "./renewal";
import type { CertificateSettingsArgs, ServingCertificateArgs } from "./servingCertificateArgs";

/** ECDSA on P-256. The provider's own default curve is P-224, which no TLS client accepts. */
const KEY = { algorithm: "ECDSA", ecdsaCurve: "P256" };

/** The DNS domain that kubeadm gives a cluster. */
const CLUSTER_DOMAIN = "cluster.local";

/**
 * A CA and a serving certificate for one Service, for any extension API server or webhook that the API server calls. Keys
 * are ECDSA P-256 and stay in the stack's state, encrypted with its secrets provider. A `pulumi up` inside the renewal
 * window replaces the certificate; the CA key stays, so the `caBundle` stays too.
 */
export class ServingCertificate extends pulumi.ComponentResource {
    /** The serving certificate followed by its CA certificate, PEM: what belongs into `tls.crt`. */
    public readonly certificatePem: pulumi.Output<string>;
    /** The serving certificate's private key, PEM (PKCS #8). A secret. */
    public readonly privateKeyPem: pulumi.Output<string>;
    /** The CA certificates of all key slots, PEM. */
    public readonly caCertificatePem: pulumi.Output<string>;
    /** Base64 of `caCertificatePem`: the value for `caBundle` in an APIService or a webhook configuration. */
    public readonly caBundle: pulumi.Output<string>;
    /** When the serving certificate expires, RFC 3339. */
    public readonly notAfter: pulumi.Output<string>;
    /** When the active CA certificate expires, RFC 3339. */
    public readonly caNotAfter: pulumi.Output<string>;
    /**
     * From when on a `pulumi up` renews one of them, RFC 3339. Runs warn in the 31 days before, inside the renewal window, and
     * when a certificate has expired.
     */
    public readonly renewalTime: pulumi.Output<string>;

    constructor(
        name: string,
        args: ServingCertificateArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        args = acceptedForm({ component: "ServingCertificate", name }, args);
        refuse("ServingCertificate", name, [
            ...certificateSettingProblems(args),
            ...serviceProblems(
                args.serviceName,
                args.namespace,
                args.clusterDomain ?? CLUSTER_DOMAIN,
            ),
        ]);
        super("secure-metrics-server:index:ServingCertificate", name, {}, opts);
        const { leaf, ca, generations, active } = certificatePlan(args);

        const authorities = generations.map((generation) => ({
            generation,
            ...authority(this, name, generation, args, ca),
        }));
        const signer = authorities.find(({ generation }) => generation === active);
        if (signer === undefined) {
            throw new Error(`no CA key slot ${active}`);
        }
        const key = new tls.PrivateKey(`${name}-key`, KEY, { parent: this });
        const certificate = signed(this, name, args, key, signer, leaf);

        this.certificatePem = pulumi
            .all([certificate.certPem, signer.certificate.certPem])
            .apply(joinPem);
        this.privateKeyPem = pulumi.secret(key.privateKeyPemPkcs8);
        this.caCertificatePem = pulumi
            .all(authorities.map((each) => each.certificate.certPem))
            .apply(joinPem);
        this.caBundle = this.caCertificatePem.apply(base64);
        this.notAfter = certificate.validityEndTime;
        this.caNotAfter = signer.certificate.validityEndTime;
        const renewed = pulumi.all([this.notAfter, this.caNotAfter]).apply(([leafEnd, caEnd]) =>
            ended([
                { what: `${name}: the serving certificate`, notAfter: leafEnd, lifetime: leaf },
                { what: `${name}: the CA certificate`, notAfter: caEnd, lifetime: ca },
            ]),
        );
        renewed.apply((all) => warnOfRenewals(this, all));
        this.renewalTime = renewed.apply((all) =>
            earliest(all.map(({ notAfter, lifetime }) => renewalTime(notAfter, lifetime))),
        );
        this.registerOutputs({
            certificatePem: this.certificatePem,
            privateKeyPem: this.privateKeyPem,
            caCertificatePem: this.caCertificatePem,
            caBundle: this.caBundle,
            notAfter: this.notAfter,
            caNotAfter: this.caNotAfter,
            renewalTime: this.renewalTime,
        });
    }
}

/** Those that say when they end: under the mocks of a user's unit tests none does. */
function ended(certificates: RenewedCertificate[]): RenewedCertificate[] {
    return certificates.filter(({ notAfter }) => (notAfter as string | undefined) !== undefined);
}

/** Tells whoever runs `pulumi` when the next run is due. */
async function warnOfRenewals(
    resource: ServingCertificate,
    certificates: RenewedCertificate[],
): Promise<void> {
    const now = new Date();
    for (const warning of certificates.flatMap((each) => renewalWarning(each, now) ?? [])) {
        await warnInPassing(warning, resource);
    }
}

interface CertificatePlan {
    leaf: Lifetime;
    ca: Lifetime;
    generations: string[];
    active: string;
}

function certificatePlan(args: CertificateSettingsArgs): CertificatePlan {
    const generations = args.caKeyGenerations ?? ["1"];
    return {
        leaf: {
            validityHours: args.validityHours ?? DEFAULT_LEAF.validityHours,
            renewBeforeHours: args.renewBeforeHours ?? DEFAULT_LEAF.renewBeforeHours,
        },
        ca: {
            validityHours: args.caValidityHours ?? DEFAULT_CA.validityHours,
            renewBeforeHours: args.caRenewBeforeHours ?? DEFAULT_CA.renewBeforeHours,
        },
        generations,
        active: args.activeCaKeyGeneration ?? generations[0] ?? "",
    };
}

/** What is wrong with the lifetimes and key slots, in sentences. */
export function certificateSettingProblems(args: CertificateSettingsArgs): string[] {
    const { leaf, ca, generations, active } = certificatePlan(args);
    return [...lifetimeProblems(leaf, ca), ...generationProblems(generations, active)];
}

interface Authority {
    key: tls.PrivateKey;
    certificate: tls.SelfSignedCert;
}

function authority(
    parent: ServingCertificate,
    name: string,
    generation: string,
    args: ServingCertificateArgs,
    lifetime: Lifetime,
): Authority {
    const key = new tls.PrivateKey(`${name}-ca-key-${generation}`, KEY, { parent });
    const certificate = new tls.SelfSignedCert(
        `${name}-ca-${generation}`,
        {
            privateKeyPem: key.privateKeyPem,
            isCaCertificate: true,
            subject: { commonName: `${args.serviceName}-ca`, organization: args.namespace },
            allowedUses: ["cert_signing", "crl_signing"],
            validityPeriodHours: lifetime.validityHours,
            earlyRenewalHours: lifetime.renewBeforeHours,
        },
        { parent },
    );
    return { key, certificate };
}

function signed(
    parent: ServingCertificate,
    name: string,
    args: ServingCertificateArgs,
    key: tls.PrivateKey,
    signer: Authority,
    lifetime: Lifetime,
): tls.LocallySignedCert {
    const request = new tls.CertRequest(
        `${name}-request`,
        {
            privateKeyPem: key.privateKeyPem,
            subject: { commonName: serviceCommonName(args.serviceName, args.namespace) },
            dnsNames: pulumi
                .all(args.extraDnsNames ?? [])
                .apply((extra) =>
                    serviceDnsNames(
                        args.serviceName,
                        args.namespace,
                        args.clusterDomain ?? CLUSTER_DOMAIN,
                        extra,
                    ),
                ),
        },
        { parent },
    );
    return new tls.LocallySignedCert(
        `${name}-certificate`,
        {
            certRequestPem: request.certRequestPem,
            caPrivateKeyPem: signer.key.privateKeyPem,
            caCertPem: signer.certificate.certPem,
            allowedUses: ["digital_signature", "server_auth"],
            validityPeriodHours: lifetime.validityHours,
            earlyRenewalHours: lifetime.renewBeforeHours,
        },
        { parent },
    );
}
