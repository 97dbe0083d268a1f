import { at, LATER, leaves, type Leaf, type Props } from "./walk";

export { caBundleProblems } from "./caBundle";

/** A Helm release: its objects are rendered by the provider and never seen by a policy, its values are. */
const RELEASE = /^kubernetes:helm\.sh\/v3:Release$/;
/** The charts of metrics-server, upstream's and Bitnami's: both skip the verification unless they are told not to. */
const METRICS_SERVER_CHART = /(^|\/)metrics-server(-[^/]*\.tgz)?\/?$/;
/** Policies of a cluster name the flag in order to forbid it. */
const ADMISSION =
    /^kubernetes:([^/]*\.)?(kyverno\.io|gatekeeper\.sh|admissionregistration\.k8s\.io)\//;
/** The flag and its predecessor; only an explicit false, as Go reads it, is harmless. */
const INSECURE_FLAG =
    /(?<![\w-])--?(kubelet[-_]insecure[-_]tls|deprecated[-_]kubelet[-_]completely[-_]insecure)(?![-\w])(?!=["']?(false|f|0)\b)/i;
/** The flag as an item of a list in a manifest. */
const MANIFEST_LINE = new RegExp(`^\\s*-\\s*["']?${INSECURE_FLAG.source}`, "im");

/** An APIService that skips the verification of its server: alone, in a list, or made by a Helm release. */
export function insecureApiServices(type: string, props: Props): string[] {
    if (!type.startsWith("kubernetes:")) {
        return [];
    }
    const advice = "set caBundle instead: SecureMetricsServer does";
    const explicit = leaves(props)
        .filter(([path, value]) => path.at(-1) === "insecureSkipTLSVerify" && isTrue(value))
        .map(([path]) => `${path.join(".")} is true; ${advice}`);
    return skipsByDefault(type, props)
        ? [`values.apiService.insecureSkipTLSVerify is true in this chart by default; ${advice}`]
        : explicit;
}

/** A workload with a flag that switches the verification of kubelets off, in whatever kind of object. */
export function insecureFlags(type: string, props: Props): string[] {
    if (!type.startsWith("kubernetes:") || ADMISSION.test(type)) {
        return [];
    }
    return leaves(props)
        .filter((leaf) => carriesFlag(type, leaf))
        .map(
            ([path]) =>
                `${path.join(".")} has --kubelet-insecure-tls; give kubelets real certificates instead: SecureMetricsServer does`,
        );
}

/** A remote command or copy, or its bastion, that trusts any host. */
export function hostKeyProblems(type: string, props: Props): string[] {
    if (!type.startsWith("command:remote:")) {
        return [];
    }
    return [["connection"], ["connection", "proxy"]]
        .filter((path) => {
            const connection = at(props, ...path);
            return typeof connection === "object" && connection !== null;
        })
        .filter((path) => isBlank(at(props, ...path, "hostKey")))
        .map(
            (path) =>
                `${path.join(".")}.hostKey is missing, so any host is trusted; get it with ssh-keyscan -t ed25519`,
        );
}

function skipsByDefault(type: string, props: Props): boolean {
    const chart = at(props, "chart");
    return (
        RELEASE.test(type) &&
        typeof chart === "string" &&
        METRICS_SERVER_CHART.test(chart) &&
        at(props, "values", "apiService", "create") !== false &&
        at(props, "values", "apiService", "insecureSkipTLSVerify") === undefined
    );
}

function carriesFlag(type: string, [path, text]: Leaf): boolean {
    if (typeof text !== "string") {
        return false;
    }
    const runs = path.some((key) => /^((init|ephemeral)?containers|command|\w*args)$/i.test(key));
    if (runs || (RELEASE.test(type) && path[0] === "values")) {
        return INSECURE_FLAG.test(text);
    }
    // A manifest that something else applies, such as Cluster API's ClusterResourceSet.
    return /^(data|stringData)$/.test(path[0] ?? "") && MANIFEST_LINE.test(text);
}

function isTrue(value: unknown): boolean {
    return value === true || (typeof value === "string" && value.trim().toLowerCase() === "true");
}

function isBlank(value: unknown): boolean {
    return value !== LATER && (typeof value !== "string" || value.trim() === "");
}
