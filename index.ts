export { KubeletServingCertificates } from "./components/kubeletServingCertificates";
export type {
    KubeletServingCertificatesArgs,
    NodesArgs,
} from "./components/kubeletServingCertificatesArgs";
export { MetricsServer } from "./components/metricsServer";
export {
    TlsVersion,
    type MetricsServerArgs,
    type MetricsServerSettingsArgs,
    type ResourcesArgs,
    type TolerationArgs,
} from "./components/metricsServerArgs";
export {
    CsrApprovalMode,
    NodeRole,
    OnRemove,
    type BastionArgs,
    type CsrApprovalArgs,
    type NodeArgs,
    type SshArgs,
} from "./components/nodeArgs";
export type { NodeResult } from "./components/nodeResult";
export { SecureMetricsServer } from "./components/secureMetricsServer";
export type { SecureMetricsServerArgs } from "./components/secureMetricsServerArgs";
export { ServingCertificate } from "./components/servingCertificate";
export type {
    CertificateSettingsArgs,
    ServingCertificateArgs,
} from "./components/servingCertificateArgs";
