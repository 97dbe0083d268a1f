import type { Input } from "@pulumi/pulumi";
import type { CertManagerArgs } from "../cert-manager/certManagerArgs";

/** Where a serving certificate comes from. */
export enum CertificateSource {
    /** The package makes a CA of its own and signs with it. */
    Own = "own",
    /** The package signs with a CA that is given. */
    GivenCa = "givenCa",
    /** The certificate is given, made elsewhere for a key of the package or together with a key of its own. */
    Given = "given",
    /**
     * The cluster's own CA signs, on the first control plane; its key stays there. Only `SecureMetricsServer` takes it. The API
     * server then takes any certificate of the cluster's CA for the Service's name and serverAuth for metrics-server, and nothing
     * revokes one.
     */
    ClusterCa = "clusterCa",
    /** A Secret in the cluster has the certificate, and somebody else keeps it. Only `SecureMetricsServer` takes it. */
    ExistingSecret = "existingSecret",
    /** cert-manager in the cluster issues and renews the certificate. Only `SecureMetricsServer` takes it. */
    CertManager = "certManager",
}

/** A CA that signs the serving certificate. */
interface GivenCa {
    /**
     * The CA's certificate, PEM, alone. It has to be valid now, be a CA certificate (`CA:TRUE`, key usage `keyCertSign`), allow
     * serverAuth where it has extended key usages, and permit the name that the API server verifies where it has name
     * constraints; anything else is refused. An intermediate CA needs nothing above it: the API server's TLS takes every
     * certificate in `caBundle` for a trust anchor, so no other CA of its root is trusted with it.
     */
    certificatePem: Input<string>;
    /** The CA's private key, PEM, not encrypted; kept as a secret. It has to be the key of `certificatePem`. */
    privateKeyPem: Input<string>;
}

/** A serving certificate that was made elsewhere. */
interface GivenCertificate {
    /**
     * The serving certificate followed by the certificates that lead to the CA, PEM. It must be valid now, for the name that the
     * API server verifies and for all `extraDnsNames` and `extraIpAddresses`, and `caCertificatePem` must verify it; anything else
     * is refused.
     */
    certificatePem: Input<string>;
    /** The CA certificates that the API server verifies it with, PEM. Every one of them is trusted for this Service. */
    caCertificatePem: Input<string>;
    /**
     * Its private key, PEM, not encrypted; kept as a secret. By default the key is the package's own, and the certificate has to
     * be made from the output `certificateRequest`, which source `own` has, too: one run for the request, one with the certificate.
     */
    privateKeyPem?: Input<string>;
}

/** A Secret in the cluster with the serving certificate. The package never makes, changes or deletes it, and reads no key into the state. */
interface ExistingSecret {
    /**
     * Name of a Secret of type `kubernetes.io/tls` in kube-system. metrics-server reads it anew when it changes, in about a minute
     * and without a `pulumi up`.
     */
    name: Input<string>;
    /** The CA certificates that the API server verifies its certificate with, PEM. Every one of them is trusted for this Service. */
    caCertificatePem: Input<string>;
}

/** Where a certificate of the package comes from, how long it lives and which keys sign. */
interface IssuedCertificateSettings {
    /**
     * Where the serving certificate comes from: `own`, `givenCa`, `given` or, in `SecureMetricsServer`, `clusterCa`, `existingSecret` and
     * `certManager`. Defaults to `own`. An argument that does not belong to the source is refused. To change the source without a
     * failed request, see `additionalCaPem` and `includeOwnCa`.
     */
    source?: CertificateSource;
    /** The CA that signs, for source `givenCa`. By default there is none. */
    givenCa?: GivenCa;
    /** The certificate that was made elsewhere, for source `given`. By default there is none. */
    given?: GivenCertificate;
    /**
     * Further CA certificates in `caBundle`, PEM. By default there are none. With source `certManager` only beside its `caBundlePem`. For
     * a change of the source or of a given CA without a failed request, in two runs: the first adds the new CA here, the second
     * changes the source or the CA.
     */
    additionalCaPem?: Input<string>;
    /**
     * Whether `caBundle` also has the CA of source `own`, which is made for it. Defaults to false; with `own` it is there anyway, and
     * with `certManager` it needs `caBundlePem`. For a
     * change from another source to `own` without a failed request, in two runs: the first sets this, the second sets
     * `source` to `own`.
     */
    includeOwnCa?: boolean;
    /** Hours that the serving certificate is valid, with the sources `own`, `givenCa` and `clusterCa`. Defaults to 8760, one year. At most 175200. */
    validityHours?: number;
    /**
     * Hours before its end in which a `pulumi up` renews the serving certificate, with the sources `own`, `givenCa` and `clusterCa`. Defaults to 720, 30 days. Must be less
     * than `validityHours`: otherwise every run would replace it, so that is refused. With the other sources, hours before its end in
     * which runs warn; there it defaults to 720 or a third of the certificate's life, whichever is less, and with `certManager`, which
     * renews it itself, to 360 or a sixth.
     */
    renewBeforeHours?: number;
    /** Hours that the CA certificate is valid, with source `own` or `includeOwnCa`. Defaults to 87600, ten years. At most 438000. */
    caValidityHours?: number;
    /**
     * Hours before its end in which a `pulumi up` renews the CA certificate, with the same key and with source `own` or `includeOwnCa`. Defaults to 8760, one year.
     * Must leave room for a whole `validityHours`.
     */
    caRenewBeforeHours?: number;
    /**
     * Names of the CA's key slots, with source `own` or `includeOwnCa`, each 1 to 16 lower-case letters and digits. Defaults to one slot, `1`. `caBundle` carries
     * the certificates of all slots, so a key is rotated without a failed request in three runs: add a slot, switch
     * `activeCaKeyGeneration` to it, drop the old slot.
     */
    caKeyGenerations?: string[];
    /** The slot that signs the serving certificate, with source `own`. Defaults to the first of `caKeyGenerations`. */
    activeCaKeyGeneration?: string;
}

/** metrics-server's serving certificate. */
interface CertificateSettings extends IssuedCertificateSettings {
    /** The Secret with the certificate, for source `existingSecret`. By default there is none. */
    existingSecret?: ExistingSecret;
    /** What cert-manager is to do, for source `certManager`. By default it makes a CA for metrics-server alone and signs with it. */
    certManager?: CertManagerArgs;
}

/** Arguments of ServingCertificate. */
export interface ServingCertificateArgs extends IssuedCertificateSettings {
    /** The Service that the API server calls. The certificate is valid for all of its names inside the cluster. */
    serviceName: string;
    /** The namespace of the Service. */
    namespace: string;
    /** The cluster's DNS domain. Defaults to `cluster.local`. */
    clusterDomain?: string;
    /** Further DNS names of the certificate. By default there are none. */
    extraDnsNames?: Input<string>[];
    /**
     * Further addresses of the certificate, IPv4 or IPv6, for a webhook that is called by a `url` with an address in it. By default
     * there are none. They are written as Go writes them, so another spelling of the same address is no change.
     */
    extraIpAddresses?: Input<string>[];
}

// Every language's SDK adds the suffix itself: `NodeArgs` would become `NodeArgsArgs`.
export type {
    CertificateSettings as CertificateSettingsArgs,
    ExistingSecret as ExistingSecretArgs,
    GivenCa as GivenCaArgs,
    GivenCertificate as GivenCertificateArgs,
};
