import type { NodesArgs } from "./kubeletServingCertificatesArgs";
import type { MetricsServerSettingsArgs } from "./metricsServerArgs";
import type { CertificateSettingsArgs } from "./servingCertificateArgs";

/** Arguments of SecureMetricsServer. `nodes` and `ssh` are all that a stock kubeadm cluster needs. */
export interface SecureMetricsServerArgs extends NodesArgs {
    /** How metrics-server runs. By default as upstream, with every TLS check on. */
    metricsServer?: MetricsServerSettingsArgs;
    /** How long its certificates live and which CA key signs. */
    servingCertificate?: CertificateSettingsArgs;
}
