import type * as pulumi from "@pulumi/pulumi";
import type { remote } from "@pulumi/command";
import type { CertManagerArgs } from "../cert-manager/certManagerArgs";
import type { SecretToCheck } from "../cluster-preflight/secretSettings";

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
