import { X509Certificate } from "node:crypto";

/** The inputs of a resource. */
export type Props = Record<string, unknown>;

/** An APIService that skips the verification of its server. */
export function insecureApiServices(type: string, props: Props): string[] {
    if (!/^kubernetes:apiregistration\.k8s\.io\/.*:APIService(Patch)?$/.test(type)) {
        return [];
    }
    return at(props, "spec", "insecureSkipTLSVerify") === true
        ? ["spec.insecureSkipTLSVerify is true; set caBundle instead: SecureMetricsServer does"]
        : [];
}

/** A workload with a flag that switches the verification of kubelets off, in whatever kind of object. */
export function insecureFlags(type: string, props: Props): string[] {
    if (!type.startsWith("kubernetes:")) {
        return [];
    }
    return strings(props)
        .filter(([, text]) => /--?kubelet[-_]insecure[-_]tls(?!=false\b)/i.test(text))
        .map(
            ([path]) =>
                `${path} has --kubelet-insecure-tls; give kubelets real certificates instead: SecureMetricsServer does`,
        );
}

/** A remote command, or its bastion, that trusts any host. */
export function hostKeyProblems(type: string, props: Props): string[] {
    if (!/^command:remote:/.test(type)) {
        return [];
    }
    const connections: [string, unknown][] = [
        ["connection", at(props, "connection")],
        ["connection.proxy", at(props, "connection", "proxy")],
    ];
    return connections
        .filter(([, connection]) => typeof connection === "object" && connection !== null)
        .filter(([, connection]) => !at(connection as Props, "hostKey"))
        .map(
            ([path]) =>
                `${path}.hostKey is missing, so any host is trusted; get it with ssh-keyscan -t ed25519`,
        );
}

/** A `caBundle` with a certificate that is not valid until the given day, in whatever kind of object. */
export function caBundleProblems(type: string, props: Props, until: Date): string[] {
    if (!type.startsWith("kubernetes:")) {
        return [];
    }
    return strings(props)
        .filter(([path]) => /(^|\.)caBundle$/.test(path))
        .flatMap(([path, bundle]) => bundleProblems(path, bundle, until));
}

function bundleProblems(path: string, bundle: string, until: Date): string[] {
    const pem = Buffer.from(bundle, "base64").toString();
    const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    if (blocks.length === 0) {
        return [`${path} has no PEM certificate; expected base64 of PEM`];
    }
    // In a rotation an old certificate may end: the bundle works as long as one is valid.
    const ends = blocks.map((block) => new Date(new X509Certificate(block).validTo));
    const last = new Date(Math.max(...ends.map(Number)));
    return last < until
        ? [
              `${path} ends on ${last.toISOString()}; renew it: run \`pulumi up\` inside the renewal window`,
          ]
        : [];
}

function at(props: unknown, ...path: string[]): unknown {
    return path.reduce<unknown>(
        (value, key) =>
            typeof value === "object" && value !== null ? (value as Props)[key] : undefined,
        props,
    );
}

/** Every string in a value, with its path. */
function strings(value: unknown, path = ""): [string, string][] {
    if (typeof value === "string") {
        return [[path, value]];
    }
    if (typeof value !== "object" || value === null) {
        return [];
    }
    return Object.entries(value).flatMap(([key, inner]) =>
        strings(inner, path === "" ? key : `${path}.${key}`),
    );
}
