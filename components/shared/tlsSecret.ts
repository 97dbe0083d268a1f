import * as pulumi from "@pulumi/pulumi";
import { Secret } from "@pulumi/kubernetes/core/v1";
import type { input } from "@pulumi/kubernetes/types";
import { behind } from "./knownNow";
import { base64 } from "./pem";

/** What a Secret of type `kubernetes.io/tls` is made of. */
interface TlsPair {
    /** The serving certificate followed by those that lead to the CA, PEM. */
    certificatePem: pulumi.Input<string>;
    /** Its private key, PEM. Kept as a secret. */
    privateKeyPem: pulumi.Input<string>;
    /** CA certificates for `ca.crt`, PEM. By default there is no such key. */
    caCertificatePem?: pulumi.Input<string> | undefined;
}

interface Place {
    metadata: input.meta.v1.ObjectMeta;
    /** Ends when the pair was looked at. */
    checked: Promise<void>;
    opts: pulumi.CustomResourceOptions;
}

/**
 * The Secret of a certificate. Immutable and named by the engine: another certificate is another Secret, which is there before the
 * one before goes, so pods roll over to it.
 */
export function createTlsSecret(
    name: string,
    { certificatePem, privateKeyPem, caCertificatePem }: TlsPair,
    { metadata, checked, opts }: Place,
): Secret {
    const encoded = (pem: pulumi.Input<string>) => behind(pem, checked).apply(base64);
    return new Secret(
        name,
        {
            metadata,
            type: "kubernetes.io/tls",
            immutable: true,
            data: {
                "tls.crt": encoded(certificatePem),
                "tls.key": encoded(pulumi.secret(privateKeyPem)),
                ...(caCertificatePem !== undefined && { "ca.crt": encoded(caCertificatePem) }),
            },
        },
        opts,
    );
}
