import type { NodesArgs } from "../nodes/nodesArgs";
import type { MetricsServerSettingsArgs } from "../metrics-server/metricsServerArgs";
import type { CertificateSettingsArgs } from "../serving-certificate/servingCertificateArgs";

/** Arguments of SecureMetricsServer. `nodes` and `ssh` are all that a stock kubeadm cluster needs. */
export interface SecureMetricsServerArgs extends NodesArgs {
    /** How metrics-server runs. By default as upstream, with every TLS check on. */
    metricsServer?: MetricsServerSettingsArgs;
    /**
     * Where its certificate comes from, how long it lives and which CA key signs. By default the package makes it, for one year,
     * under a CA of its own of ten years with one key.
     */
    servingCertificate?: CertificateSettingsArgs;
    /**
     * Whether a metrics-server that somebody else installed in kube-system is taken over, by manifest, Helm chart or kubespray:
     * its pods serve until the new ones do. The Kubernetes provider needs `upsertExistingObjects`. Take it off again in the run
     * after. Defaults to false: an installation that is not the package's own is named and nothing is changed.
     */
    takeOver?: boolean;
}
