/** A resource of a program: its type and its inputs. */
export type Resource = [type: string, props: object];

/** A sentence of the policy pack's README, with the resources that show it. */
export interface Claim {
    says: string;
    shownBy: Resource[];
}

export interface Claims {
    refused: Claim[];
    allowed: Claim[];
}

export const FLAG = "--kubelet-insecure-tls";
export const DEPLOYMENT = "kubernetes:apps/v1:Deployment";
export const POD = "kubernetes:core/v1:Pod";
export const CONFIG_MAP = "kubernetes:core/v1:ConfigMap";
export const SECRET = "kubernetes:core/v1:Secret";
export const API_SERVICE = "kubernetes:apiregistration.k8s.io/v1:APIService";
export const RELEASE = "kubernetes:helm.sh/v3:Release";
export const HELM_RELEASE = "kubernetes:helm.toolkit.fluxcd.io/v2:HelmRelease";
export const APPLICATION = "kubernetes:argoproj.io/v1alpha1:Application";
export const CLUSTER_POLICY = "kubernetes:kyverno.io/v1:ClusterPolicy";
export const MUTATING = "kubernetes:admissionregistration.k8s.io/v1beta1:MutatingAdmissionPolicy";
export const VALIDATING = "kubernetes:admissionregistration.k8s.io/v1:ValidatingAdmissionPolicy";
export const ASSIGN = "kubernetes:mutations.gatekeeper.sh/v1:Assign";
export const ADDON = "aws:eks/addon:Addon";
export const PROVIDER = "pulumi:providers:kubernetes";

/** A Pod of one container. */
export const pod = (container: object): Resource => [POD, { spec: { containers: [container] } }];
export const withArgs = (...args: string[]): Resource => pod({ args });
export const configMap = (file: string, text: string): Resource => [
    CONFIG_MAP,
    { data: { [file]: text } },
];
export const base64 = (text: string): string => Buffer.from(text).toString("base64");
/** A release of a chart by Flux. */
export const flux = (chart: string, spec: object): Resource => [
    HELM_RELEASE,
    { spec: { chart: { spec: { chart } }, ...spec } },
];
/** A chart that Argo CD installs. */
export const argo = (chart: string, helm?: object): Resource => [
    APPLICATION,
    { spec: { source: { chart, helm } } },
];
/** A rule of Kyverno. */
export const kyverno = (rule: object): Resource => [CLUSTER_POLICY, { spec: { rules: [rule] } }];
