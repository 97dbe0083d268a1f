/** What this package does with a flag of metrics-server. */
export type FlagDecision =
    /** An argument of the components sets it. */
    | { argument: string; note?: string }
    /** The package sets it, always to the same value. */
    | { rendered: string }
    /** Whoever wants it puts it into `extraArgs`. */
    | { passed: string }
    /** Nobody can set it. `weakens` where a check would be off or somebody else's. */
    | { refused: string; weakens?: true };

const UNKNOWN_FEATURES =
    "it changes what the server's library does, and nobody has looked at what that means for the checks";
const ONE_CLIENT =
    "the API server is the only client, and it limits what reaches metrics-server itself";
const CACHED_ANSWER = "a longer answer from the cache would outlive a right that was taken away";
const NO_WEBHOOK =
    "it needs a kubeconfig with a credential in the pod; write the log with --audit-log-path and ship that";
const ALPHA_LOGS = "alpha in Kubernetes' logging library, and behind a feature gate";

/**
 * Every flag that `metrics-server --help` of v0.9.0 lists, in that order, and what becomes of it. A test reads `--help` and fails
 * when a flag is missing here; docs/metrics-server-flags.md is made from this table, and `extraArgs` is judged by it.
 */
export const FLAGS = {
    kubeconfig: {
        refused: "another cluster could answer, and a kubeconfig can say that nobody is verified",
        weakens: true,
    },
    "metric-resolution": { argument: "metricResolutionSeconds" },
    version: { refused: "it prints the version and ends, so no pod would serve" },

    "advertise-address": { refused: "metrics-server is found through its Service" },
    "cors-allowed-origins": {
        refused: "browsers ask the API server, never metrics-server",
        weakens: true,
    },
    "emulated-version": { refused: UNKNOWN_FEATURES },
    "emulation-forward-compatible": { refused: UNKNOWN_FEATURES },
    "external-hostname": { refused: "metrics-server is found through its Service" },
    "feature-gates": { refused: UNKNOWN_FEATURES },
    "goaway-chance": {
        refused: "its clients are a few API servers, so there is nothing to balance",
    },
    "livez-grace-period": {
        refused: "a server that never completes its start would look alive for longer",
    },
    "max-mutating-requests-inflight": { refused: ONE_CLIENT },
    "max-requests-inflight": { refused: ONE_CLIENT },
    "min-compatibility-version": { refused: UNKNOWN_FEATURES },
    "min-request-timeout": { refused: ONE_CLIENT },
    "request-timeout": { refused: ONE_CLIENT },
    "runtime-config-emulation-forward-compatible": { refused: UNKNOWN_FEATURES },
    "shutdown-delay-duration": {
        rendered:
            "`10s`: a pod that ends answers what still reaches it, so no request fails in a roll-out",
    },
    "shutdown-send-retry-after": {
        refused: "it answers 429 where the delay of the shutdown lets requests succeed",
    },
    "shutdown-watch-termination-grace-period": { refused: "metrics-server serves no watches" },
    "storage-initialization-timeout": { refused: "metrics-server has no storage to wait for" },
    "strict-transport-security-directives": {
        refused: "browsers ask the API server, never metrics-server",
    },

    "deprecated-kubelet-completely-insecure": {
        refused: "kubelets would be asked without TLS",
        weakens: true,
    },
    "kubelet-certificate-authority": {
        argument: "kubeletCa",
        note: "or `kubeletCaHostPath`; by default the file of `kube-root-ca.crt` that every pod has. Always set: metrics-server then refuses to start when somebody adds --kubelet-insecure-tls",
    },
    "kubelet-client-certificate": {
        refused:
            "the token goes to kubelets all the same, so it narrows nothing (docs/decisions/0007)",
        weakens: true,
    },
    "kubelet-client-key": {
        refused:
            "the token goes to kubelets all the same, so it narrows nothing (docs/decisions/0007)",
        weakens: true,
    },
    "kubelet-insecure-tls": {
        refused: "metrics-server would hand its token to whoever answers on the kubelet's port",
        weakens: true,
    },
    "kubelet-port": {
        refused: "each Node says its kubelet's port, and --kubelet-use-node-status-port goes first",
    },
    "kubelet-preferred-address-types": { argument: "kubeletPreferredAddressTypes" },
    "kubelet-request-timeout": {
        passed: "how long a kubelet may take; at most nine tenths of `metricResolutionSeconds`, or metrics-server does not start",
    },
    "kubelet-use-node-status-port": { rendered: "the port that the Node says" },
    "node-selector": {
        passed: "which Nodes are scraped; the last check then waits for those of `nodes` that it selects",
    },

    "bind-address": { refused: "the pod has to answer where its Service sends requests" },
    "cert-dir": {
        rendered: "`/tmp`: never written to, because the certificate is a file of its own",
    },
    "disable-http2-serving": {
        refused: "every request of an API server would need a connection of its own",
    },
    "http2-max-streams-per-connection": { passed: "requests at once on one connection" },
    "permit-address-sharing": {
        refused: "another process could answer in metrics-server's place",
    },
    "permit-port-sharing": { refused: "another process could answer in metrics-server's place" },
    "secure-port": {
        argument: "hostNetwork",
        note: "10250, with `hostNetwork` 4443, because 10250 is the kubelet's there",
    },
    "tls-cert-file": {
        rendered: "the certificate of `servingCertificate`, in `MetricsServer` `certificatePem`",
    },
    "tls-cipher-suites": { argument: "tlsCipherSuites" },
    "tls-curve-preferences": {
        refused:
            "metrics-server v0.8.1 does not know it, and Go's own choice has the hybrid with ML-KEM",
    },
    "tls-min-version": { argument: "tlsMinVersion" },
    "tls-private-key-file": {
        rendered: "the key of `servingCertificate`, in `MetricsServer` `privateKeyPem`",
    },
    "tls-sni-cert-key": { refused: "a second certificate would be served that no check knows" },

    "authentication-kubeconfig": {
        refused: "another cluster could say who asks",
        weakens: true,
    },
    "authentication-skip-lookup": {
        refused: "without `requestHeader`, nobody would be known; with it, nothing is looked up",
        weakens: true,
    },
    "authentication-token-webhook-cache-ttl": { refused: CACHED_ANSWER },
    "authentication-tolerate-lookup-failure": {
        refused:
            "every request could count as anonymous; use `requestHeader` where the ConfigMap cannot be read",
        weakens: true,
    },
    "client-ca-file": { argument: "clientCa" },
    "requestheader-allowed-names": { argument: "requestHeader.allowedNames" },
    "requestheader-client-ca-file": { argument: "requestHeader.clientCa" },
    "requestheader-extra-headers-prefix": { argument: "requestHeader.extraHeaderPrefixes" },
    "requestheader-group-headers": { argument: "requestHeader.groupHeaders" },
    "requestheader-uid-headers": {
        refused: "behind a feature gate, and metrics-server asks for names and groups only",
        weakens: true,
    },
    "requestheader-username-headers": { argument: "requestHeader.usernameHeaders" },

    "authorization-always-allow-paths": {
        refused: "whatever it lists is answered to anybody",
        weakens: true,
    },
    "authorization-kubeconfig": {
        refused: "another cluster could say who may read metrics",
        weakens: true,
    },
    "authorization-webhook-cache-authorized-ttl": { refused: CACHED_ANSWER },
    "authorization-webhook-cache-unauthorized-ttl": {
        refused: "a right that was just given would be seen later, and nothing is gained",
    },

    "audit-log-batch-buffer-size": { passed: "audit log" },
    "audit-log-batch-max-size": { passed: "audit log" },
    "audit-log-batch-max-wait": { passed: "audit log" },
    "audit-log-batch-throttle-burst": { passed: "audit log" },
    "audit-log-batch-throttle-enable": { passed: "audit log" },
    "audit-log-batch-throttle-qps": { passed: "audit log" },
    "audit-log-compress": { passed: "audit log" },
    "audit-log-format": { passed: "audit log" },
    "audit-log-maxage": { passed: "audit log" },
    "audit-log-maxbackup": { passed: "audit log" },
    "audit-log-maxsize": { passed: "audit log" },
    "audit-log-mode": { passed: "audit log" },
    "audit-log-path": {
        passed: "audit log; `-` is the container's log, a file needs a folder of `extraVolumes`",
    },
    "audit-log-truncate-enabled": { passed: "audit log" },
    "audit-log-truncate-max-batch-size": { passed: "audit log" },
    "audit-log-truncate-max-event-size": { passed: "audit log" },
    "audit-log-version": { passed: "audit log" },
    "audit-policy-file": { passed: "audit log; the file comes from `extraVolumes`" },
    "audit-webhook-batch-buffer-size": { refused: NO_WEBHOOK },
    "audit-webhook-batch-max-size": { refused: NO_WEBHOOK },
    "audit-webhook-batch-max-wait": { refused: NO_WEBHOOK },
    "audit-webhook-batch-throttle-burst": { refused: NO_WEBHOOK },
    "audit-webhook-batch-throttle-enable": { refused: NO_WEBHOOK },
    "audit-webhook-batch-throttle-qps": { refused: NO_WEBHOOK },
    "audit-webhook-config-file": { refused: NO_WEBHOOK },
    "audit-webhook-initial-backoff": { refused: NO_WEBHOOK },
    "audit-webhook-mode": { refused: NO_WEBHOOK },
    "audit-webhook-truncate-enabled": { refused: NO_WEBHOOK },
    "audit-webhook-truncate-max-batch-size": { refused: NO_WEBHOOK },
    "audit-webhook-truncate-max-event-size": { refused: NO_WEBHOOK },
    "audit-webhook-version": { refused: NO_WEBHOOK },

    "contention-profiling": { refused: "profiling is off" },
    "debug-socket-path": {
        refused: "whoever reaches the socket reads the server's memory unasked",
        weakens: true,
    },
    "enable-priority-and-fairness": { refused: ONE_CLIENT },
    profiling: { rendered: "`false`; upstream serves profiles to whoever may read them" },

    "log-flush-frequency": { passed: "log" },
    "log-json-info-buffer-size": { refused: ALPHA_LOGS },
    "log-json-split-stream": { refused: ALPHA_LOGS },
    "log-text-info-buffer-size": { refused: ALPHA_LOGS },
    "log-text-split-stream": { refused: ALPHA_LOGS },
    "logging-format": { passed: "log" },
    v: { passed: "log" },
    vmodule: { passed: "log" },
} as const satisfies Record<string, FlagDecision>;

const DECISIONS = new Map<string, FlagDecision>(Object.entries(FLAGS));

/** The decision about a flag; undefined for one that v0.9.0 does not list. */
export function decisionOf(flag: string): FlagDecision | undefined {
    return DECISIONS.get(flag);
}

/** The flags that `extraArgs` takes. */
export const PASSED = Object.entries<FlagDecision>(FLAGS)
    .filter(([, decision]) => "passed" in decision)
    .map(([flag]) => flag)
    .sort();
