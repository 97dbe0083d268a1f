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
    return OWNED.has(flag)
        ? "the package sets this flag itself; use the argument of the component, if there is one"
        : undefined;
}
