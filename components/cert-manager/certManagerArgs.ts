import type { Input } from "@pulumi/pulumi";

/** An issuer of cert-manager, or of one that works with it. */
interface Issuer {
    /** Its name. An Issuer is looked for in kube-system. */
    name: Input<string>;
    /** `Issuer` or `ClusterIssuer`; with another group, any kind of it. Defaults to `Issuer`. */
    kind?: Input<string>;
    /** The API group of the issuer. Defaults to `cert-manager.io`. */
    group?: Input<string>;
}

/**
 * A certificate that cert-manager in the cluster issues and renews, without a `pulumi up`. Its key stays in the cluster. cert-manager
 * 1.19 or later has to be there with its CRDs; the package does not install it.
 */
interface CertManager {
    /**
     * Who signs. By default a CA that cert-manager makes for metrics-server alone: a self-signing Issuer, a CA Certificate and an Issuer
     * of that CA, all in kube-system. An issuer that other namespaces may use, such as a ClusterIssuer, signs metrics-server's name for
     * whoever may use it. It has to give its CA in `ca.crt`, unless `caBundlePem` has it. Refused before the first change: one of type ACME, which does not sign a
     * Service's name, and a self-signing one, whose trust would change with each renewal.
     */
    issuer?: Issuer;
    /**
     * Name of the Secret in kube-system that cert-manager keeps the certificate in. Defaults to `metrics-server-tls`. cert-manager writes
     * over one that is there: refused before the first change, as far as a control plane is in `nodes` to look from.
     */
    secretName?: string;
    /**
     * The CA certificates that the API server verifies it with, PEM. By default cert-manager's cainjector puts the CA into the
     * APIService and keeps it there; with `caBundlePem` it leaves the APIService alone, and a new CA has to stand here before it signs.
     */
    caBundlePem?: Input<string>;
}

// Every language's SDK adds the suffix itself: `NodeArgs` would become `NodeArgsArgs`.
export type { CertManager as CertManagerArgs, Issuer as IssuerArgs };
