export type { CertManagerArgs, IssuerArgs } from "./components/cert-manager/certManagerArgs";
export { ClusterPreflight } from "./components/cluster-preflight/clusterPreflight";
export type { ClusterPreflightArgs } from "./components/cluster-preflight/clusterPreflightArgs";
export { KubeletServingCertificates } from "./components/kubelet-serving-certificates/kubeletServingCertificates";
export type { KubeletServingCertificatesArgs } from "./components/kubelet-serving-certificates/kubeletServingCertificatesArgs";
export type { NodesArgs } from "./components/nodes/nodesArgs";
export { MetricsServer } from "./components/metrics-server/metricsServer";
export {
    TlsVersion,
    type MetricsServerArgs,
    type MetricsServerSettingsArgs,
    type ResourcesArgs,
    type TolerationArgs,
} from "./components/metrics-server/metricsServerArgs";
export {
    Placement,
    UnhealthyPodEvictionPolicy,
    type DnsConfigArgs,
    type DnsOptionArgs,
    type ExtraVolumeArgs,
    type RequestHeaderArgs,
    type TopologySpreadConstraintArgs,
} from "./components/metrics-server/podArgs";
export { NodeAddressType } from "./components/nodes/addressTypes";
export {
    CsrApprovalMode,
    NodeRole,
    OnRemove,
    type BastionArgs,
    type CsrApprovalArgs,
    type NodeArgs,
    type SshArgs,
} from "./components/nodes/nodeArgs";
export type { NodeResult } from "./components/kubelet-serving-certificates/nodeResult";
export { SecureMetricsServer } from "./components/secure-metrics-server/secureMetricsServer";
export type { SecureMetricsServerArgs } from "./components/secure-metrics-server/secureMetricsServerArgs";
export { ServingCertificate } from "./components/serving-certificate/servingCertificate";
export { ServingSecret } from "./components/serving-secret/servingSecret";
export type { ServingSecretArgs } from "./components/serving-secret/servingSecretArgs";
export {
    CertificateSource,
    type CertificateSettingsArgs,
    type ExistingSecretArgs,
    type GivenCaArgs,
    type GivenCertificateArgs,
    type ServingCertificateArgs,
} from "./components/serving-certificate/servingCertificateArgs";
