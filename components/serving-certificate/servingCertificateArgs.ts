import type { Input } from "@pulumi/pulumi";

/** How long certificates live and which keys sign. Shared by every component that issues one. */
interface CertificateSettings {
    /** Hours that the serving certificate is valid. Defaults to 8760, one year. At most 175200. */
    validityHours?: number;
    /**
     * Hours before its end in which a `pulumi up` renews the serving certificate. Defaults to 720, 30 days. Must be less
     * than `validityHours`: otherwise every run would replace it, so that is refused.
     */
    renewBeforeHours?: number;
    /** Hours that the CA certificate is valid. Defaults to 87600, ten years. At most 438000. */
    caValidityHours?: number;
    /**
     * Hours before its end in which a `pulumi up` renews the CA certificate, with the same key. Defaults to 8760, one year.
     * Must leave room for a whole `validityHours`.
     */
    caRenewBeforeHours?: number;
    /**
     * Names of the CA's key slots, each 1 to 16 lower-case letters and digits. Defaults to one slot, `1`. `caBundle` carries
     * the certificates of all slots, so a key is rotated without a failed request in three runs: add a slot, switch
     * `activeCaKeyGeneration` to it, drop the old slot.
     */
    caKeyGenerations?: string[];
    /** The slot that signs the serving certificate. Defaults to the first of `caKeyGenerations`. */
    activeCaKeyGeneration?: string;
}

/** Arguments of ServingCertificate. */
export interface ServingCertificateArgs extends CertificateSettings {
    /** The Service that the API server calls. The certificate is valid for all of its names inside the cluster. */
    serviceName: string;
    /** The namespace of the Service. */
    namespace: string;
    /** The cluster's DNS domain. Defaults to `cluster.local`. */
    clusterDomain?: string;
    /** Further DNS names of the certificate. By default there are none. */
    extraDnsNames?: Input<string>[];
}

// Every language's SDK adds the suffix itself: `NodeArgs` would become `NodeArgsArgs`.
export type { CertificateSettings as CertificateSettingsArgs };
