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
}
