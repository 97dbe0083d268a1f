/** What becomes of a value of upstream's chart in this package. */
export type ChartDecision =
    /** It is so without being asked. */
    | { have: string }
    /** Arguments of `metricsServer`, or as they are named. */
    | { argument: string; note?: string }
    /** It cannot be set, and why. */
    | { not: string };

const NAMES =
    "names are upstream's: the certificate is made for the Service's name, and the preflight finds others by them";
const SAME = "the same";

/** Of which chart the values are. */
export const CHART_VERSION = "3.13.1";

/** Every value of the chart, in its order. One that has others below it stands for all of them. */
export const CHART_VALUES: Record<string, ChartDecision> = {
    "image.repository": { argument: "imageRegistry", note: "or the whole `image`" },
    "image.tag": {
        argument: "image",
        note: "by default the newest release that supports `kubernetesVersion`",
    },
    "image.pullPolicy": { not: "`IfNotPresent`: upstream never moves a tag" },
    imagePullSecrets: { argument: "imagePullSecrets" },
    nameOverride: { not: NAMES },
    fullnameOverride: { not: NAMES },
    "serviceAccount.create": { have: SAME },
    "serviceAccount.annotations": { argument: "serviceAccountAnnotations" },
    "serviceAccount.name": { not: NAMES },
    "serviceAccount.secrets": {
        not: "the pods mount no Secret that the list would allow or forbid",
    },
    "rbac.create": { have: "exactly upstream's roles" },
    "rbac.pspEnabled": { not: "PodSecurityPolicy is gone since Kubernetes 1.25" },
    "apiService.create": { have: SAME },
    "apiService.annotations": { argument: "apiServiceAnnotations" },
    "apiService.insecureSkipTLSVerify": { not: "the API server always verifies metrics-server" },
    "apiService.caBundle": {
        have: "the CA of `servingCertificate`; in `MetricsServer` the argument `caBundle`",
    },
    commonLabels: { argument: "commonLabels" },
    podLabels: { argument: "podLabels" },
    podAnnotations: { argument: "podAnnotations" },
    podSecurityContext: { not: "`fsGroup: 1000`, so that user 1000 reads the key and nobody else" },
    securityContext: { have: SAME },
    priorityClassName: { argument: "priorityClassName" },
    containerPort: { not: "10250, with `hostNetwork` 4443, because 10250 is the kubelet's there" },
    "hostNetwork.enabled": { argument: "hostNetwork" },
    replicas: { argument: "replicas", note: "2 instead of 1, where there is room" },
    revisionHistoryLimit: { argument: "revisionHistoryLimit" },
    updateStrategy: { not: "a pod is replaced when its successor is ready, so no request fails" },
    "podDisruptionBudget.enabled": { have: "from two replicas on" },
    "podDisruptionBudget.minAvailable": { not: "1" },
    "podDisruptionBudget.maxUnavailable": { not: "`minAvailable` is 1" },
    "podDisruptionBudget.unhealthyPodEvictionPolicy": { argument: "unhealthyPodEvictionPolicy" },
    defaultArgs: {
        argument: "kubeletPreferredAddressTypes",
        note: "and `metricResolutionSeconds`; [all flags](metrics-server-flags.md)",
    },
    args: {
        argument: "extraArgs",
        note: "those that weaken nothing; [all flags](metrics-server-flags.md)",
    },
    livenessProbe: { have: SAME },
    readinessProbe: {
        have: "it looks first after `metricResolutionSeconds`, and then every second",
    },
    "service.type": { not: "`ClusterIP`: only API servers ask metrics-server" },
    "service.port": { not: "443, as the APIService says" },
    "service.annotations": { argument: "serviceAnnotations" },
    "service.labels": { argument: "commonLabels" },
    addonResizer: {
        not: "it would change `resources` behind Pulumi's back; `SecureMetricsServer` reserves 1m and 2Mi more for each node above 100",
    },
    "metrics.enabled": { not: "it would answer `/metrics` to anybody" },
    serviceMonitor: {
        not: "the chart's does not verify metrics-server; make one with the output `caBundle`, the server name `metrics-server.kube-system.svc` and a ClusterRole that may get `/metrics`",
    },
    resources: { argument: "resources" },
    extraVolumeMounts: { argument: "extraVolumes" },
    extraVolumes: { argument: "extraVolumes", note: "no `hostPath`" },
    nodeSelector: { argument: "nodeSelector", note: "or `placement`" },
    tolerations: { argument: "tolerations", note: "or `placement`" },
    affinity: { argument: "affinity", note: "by default pods prefer different nodes" },
    topologySpreadConstraints: { argument: "topologySpreadConstraints" },
    dnsConfig: { argument: "dnsConfig" },
    deploymentAnnotations: { argument: "deploymentAnnotations" },
    schedulerName: { argument: "schedulerName" },
    tmpVolume: { not: "an `emptyDir`, which nothing is written to" },
    "tls.type": { have: "always a certificate that the API server verifies" },
    "tls.clusterDomain": {
        not: "`cluster.local`: the API server asks for `metrics-server.kube-system.svc`",
    },
    "tls.certManager": {
        argument: "servingCertificate.certManager",
        note: "without one, cert-manager makes a CA for metrics-server alone",
    },
    "tls.helm": {
        have: "`servingCertificate.validityHours`; the key stays in the state, so a run does not make it anew",
    },
    "tls.existingSecret": {
        argument: "servingCertificate.existingSecret",
        note: "with the CA that verifies it; the chart trusts the certificate itself",
    },
};

const INTRODUCTION = `# Values of the Helm chart

Every value of metrics-server's own chart ${CHART_VERSION}, and what it is here: for who comes from the chart, or misses a value.
Arguments without a further name are those of \`metricsServer\` in \`SecureMetricsServer\`, and of \`MetricsServer\` itself.

\`npm run docs:chart\` writes this page from [chartValues.ts](../tests/docs/chartValues.ts). Nobody edits it by hand; a test reads the
chart in metrics-server's Go module and fails when it has a value that the table has not.

| value | here |
| --- | --- |
`;

/** The whole page. */
export function chartPage(): string {
    const rows = Object.entries(CHART_VALUES).map(
        ([value, decision]) => `| \`${value}\` | ${cell(decision)} |\n`,
    );
    return INTRODUCTION + rows.join("");
}

function cell(decision: ChartDecision): string {
    if ("argument" in decision) {
        const note = decision.note === undefined ? "" : `; ${decision.note}`;
        return `argument \`${decision.argument}\`${note}`;
    }
    return "have" in decision ? `have: ${decision.have}` : `deliberately not: ${decision.not}`;
}

/** Paths of all values that have none below them; a list is one value, and so is what is empty. */
export function leavesOf(values: unknown, at = ""): string[] {
    const inner =
        typeof values === "object" && values !== null && !Array.isArray(values)
            ? Object.entries(values)
            : [];
    return inner.length === 0
        ? [at]
        : inner.flatMap(([key, value]) => leavesOf(value, at === "" ? key : `${at}.${key}`));
}

/** Which rows speak of a value. */
export function rowsFor(leaf: string): string[] {
    return Object.keys(CHART_VALUES).filter((row) => `${leaf}.`.startsWith(`${row}.`));
}
