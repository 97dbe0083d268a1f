import type * as pulumi from "@pulumi/pulumi";

/** A Secret with metrics-server's certificate that somebody else keeps, for scripts that look at it in the cluster. */
export interface SecretToCheck {
    name: pulumi.Input<string>;
    /** All CA certificates that the API server verifies it with, PEM; undefined where cainjector puts them into the APIService. */
    caCertificatePem: pulumi.Input<string> | undefined;
    /** What cert-manager keeps it for, where that does. */
    certManager?: CertificateToCheck;
}

/** A Certificate of cert-manager's. */
interface CertificateToCheck {
    name: string;
    /** Kind, name and group of the issuer; undefined where the package makes it. */
    issuer: pulumi.Input<string> | undefined;
}

/** The settings of a script that looks at it. Nothing in them is a secret: a preview shows them. */
export function secretSettings(secret: SecretToCheck | undefined) {
    return {
        SERVING_SECRET: secret?.name,
        SERVING_CA: secret?.caCertificatePem,
        CERTIFICATE: secret?.certManager?.name,
        ISSUER: secret?.certManager?.issuer,
    };
}
