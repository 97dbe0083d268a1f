import type { Input } from "@pulumi/pulumi";

/** Arguments of ServingSecret. Most of them are outputs of a ServingCertificate. */
export interface ServingSecretArgs {
    /** The namespace of the pods that mount the Secret. */
    namespace: Input<string>;
    /**
     * The serving certificate followed by the certificates that lead to the CA, PEM: `certificatePem` of a ServingCertificate. One
     * that is not valid now, or that may not serve, is refused.
     */
    certificatePem: Input<string>;
    /** Its private key, PEM, not encrypted; kept as a secret. It has to be the key of the first certificate in `certificatePem`. */
    privateKeyPem: Input<string>;
    /**
     * The CA certificates that verify it, PEM, for `ca.crt`: `caCertificatePem` of a ServingCertificate. One of them has to vouch for
     * the certificate. By default the Secret has no `ca.crt`, which most programs do not read.
     */
    caCertificatePem?: Input<string>;
    /**
     * The Service that the API server calls, in `namespace`. The certificate has to be for its name, and anything else is refused.
     * By default no name is looked at.
     */
    serviceName?: Input<string>;
    /** Labels of the Secret. By default it has `app.kubernetes.io/managed-by: secure-metrics-server`, which always stays. */
    labels?: Input<Record<string, Input<string>>>;
}
