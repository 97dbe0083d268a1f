/** Flags whose value the package sets, because a check depends on it. */
const OWNED = new Set([
    "bind-address",
    "cert-dir",
    "kubelet-certificate-authority",
    "kubelet-preferred-address-types",
    "kubelet-use-node-status-port",
    "metric-resolution",
    "profiling",
    "secure-port",
    "shutdown-delay-duration",
    "tls-cert-file",
    "tls-cipher-suites",
    "tls-min-version",
    "tls-private-key-file",
    "tls-sni-cert-key",
]);

/** Flags that switch a check off or let somebody else decide it. */
const WEAKENING = [
    /insecure/,
    /^authentication-(skip-lookup|tolerate-lookup-failure)$/,
    /^authorization-always-allow-paths$/,
    /^(client-ca-file|kubeconfig|authentication-kubeconfig|authorization-kubeconfig)$/,
    /^requestheader-/,
    /^kubelet-client-/,
    /^deprecated-/,
    /^kubelet-certificate-authority-/,
    /^debug-/,
];

/**
 * All other flags that may be set: what is logged, and how long a kubelet may take. An allow-list, because each release brings
 * flags (caches of authentication, shared ports, alpha features, audit webhooks) that nobody has looked at for this purpose.
 */
const ALLOWED = [
    "audit-log-format",
    "audit-log-maxage",
    "audit-log-maxbackup",
    "audit-log-maxsize",
    "audit-log-path",
    "audit-policy-file",
    "http2-max-streams-per-connection",
    "kubelet-request-timeout",
    "log-flush-frequency",
    "logging-format",
    "node-selector",
    "v",
    "vmodule",
];

/** What is wrong with arguments that are passed to metrics-server as they are. */
export function extraArgumentProblems(extra: string[]): string[] {
    return extra.flatMap((argument) => {
        const problem = problemOf(argument);
        return problem === undefined ? [] : [`extraArgs has "${argument}"; ${problem}`];
    });
}

function problemOf(argument: string): string | undefined {
    const match = /^--?([A-Za-z][-_A-Za-z0-9]*)(=.*)?$/s.exec(argument);
    if (match?.[1] === undefined) {
        return "expected one flag with its value in one string, such as --v=2";
    }
    const flag = match[1].toLowerCase().replace(/_/g, "-");
    if (WEAKENING.some((pattern) => pattern.test(flag))) {
        return "it would switch off or weaken a check that this package exists for; remove it";
    }
    if (OWNED.has(flag)) {
        return "the package sets this flag itself; use the argument of the component, if there is one";
    }
    return ALLOWED.includes(flag)
        ? undefined
        : `expected one of the flags that weaken nothing: ${ALLOWED.map((name) => `--${name}`).join(", ")}`;
}
