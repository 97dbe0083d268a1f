import type * as pulumi from "@pulumi/pulumi";
import type { EndingCertificate } from "./renewal";
import type { CertificateSettingsArgs, ServingCertificateArgs } from "./servingCertificateArgs";

/** What a source gives to the rest of the package, which does not know where a certificate comes from. */
export interface SourcedCertificate {
    /** The serving certificate and those that lead to the CA, PEM: what belongs into `tls.crt`. */
    certificatePem: pulumi.Output<string>;
    /** Its private key, PEM. A secret. */
    privateKeyPem: pulumi.Output<string>;
    /** The CA certificates that verify it, PEM, without `additionalCaPem`. */
    caCertificatePem: pulumi.Output<string>;
    /** When the serving certificate expires, RFC 3339. */
    notAfter: pulumi.Output<string>;
    /** When the CA certificate that verifies it expires, RFC 3339. */
    caNotAfter: pulumi.Output<string>;
    /** What ends when, and what to do then. */
    ending: pulumi.Output<EndingCertificate[]>;
    /** The request for a certificate of the package's own key, PEM; empty where there is no such key. */
    certificateRequest: pulumi.Output<string>;
    /** Fails, with all problems, when something that became known late cannot be used. */
    checked: Promise<void>;
}

/** Where the children of a source hang, and what they are made from. */
export interface SourcePlace {
    /** The component whose children are made. */
    parent: pulumi.ComponentResource;
    /** Its name, which the children's begin with. */
    name: string;
    args: ServingCertificateArgs;
    /** What has a certificate signed in the cluster. Only a parent that knows nodes hands it down. */
    sign?: SignInCluster | undefined;
}

/** What the cluster's CA is asked to sign. Nothing of it is a secret. */
export interface SigningRequest {
    /** The certificate request, PEM. */
    request: pulumi.Output<string>;
    /** The DNS names of the certificate, the verified one first. */
    names: pulumi.Output<string[]>;
    /** When the certificate is going to end, RFC 3339. */
    notAfter: pulumi.Output<string>;
}

/** What came back, unlooked at. */
export interface SignedInCluster {
    /** Where it was signed, for sentences about it. */
    node: string;
    /** The certificate and the CA certificates, the one that signed first; each PEM. */
    signed: pulumi.Output<{ certificate: string; ca: string }>;
    /** Each CA certificate that the cluster publishes, PEM, or none where nobody says. */
    published: pulumi.Output<string[]>;
}

export type SignInCluster = (request: SigningRequest) => SignedInCluster;

/** One way to come by a certificate inside the program. */
export interface CertificateSource {
    /** Everything that is wrong with the arguments of this source, as far as it is known, in sentences. */
    problems(args: CertificateSettingsArgs, service: ServiceNames): string[];
    make(place: SourcePlace): SourcedCertificate;
}

/** For whom a certificate is made. */
export type ServiceNames = Pick<
    ServingCertificateArgs,
    "serviceName" | "namespace" | "clusterDomain" | "extraDnsNames" | "extraIpAddresses"
>;
