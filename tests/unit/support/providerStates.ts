import { certificate, clusterCa, type Pair } from "../../scripts/support/certificates";
import { createPublicKey, X509Certificate } from "node:crypto";

/** Stand-ins for what the providers compute. They are not secret: the package has to see to that by itself. */
export const SERVING_KEY_MARKER = "serving-private-key";
export const CA_KEY_MARKER = "ca-private-key";

export const NODE_NOT_AFTER = "2027-01-01T00:00:00Z";
export const NODE_SHA256 = "ab".repeat(32);

/** What the script prints on a node: log lines, then one JSON line. */
export const NODE_STDOUT = `restarting the kubelet\n${JSON.stringify({
    changed: true,
    restarted: true,
    certificate: { notAfter: NODE_NOT_AFTER, sha256: NODE_SHA256 },
})}\n`;

/** The state of a resource: its inputs, and, except in a preview, what its provider computes. */
export function stateOf(
    type: string,
    name: string,
    inputs: Record<string, unknown>,
    preview: boolean,
): Record<string, unknown> {
    return preview
        ? inputs
        : { ...inputs, ...computed(type, name), ...kubernetesMetadata(type, name, inputs) };
}

function computed(type: string, name: string): Record<string, unknown> {
    switch (type) {
        case "tls:index/privateKey:PrivateKey": {
            const marker = name.includes("ca-key") ? CA_KEY_MARKER : SERVING_KEY_MARKER;
            return {
                privateKeyPem: `${marker} of ${name}`,
                privateKeyPemPkcs8: `${marker} PKCS #8 of ${name}`,
                privateKeyOpenssh: `${marker} OpenSSH of ${name}`,
                publicKeyPem: publicKeyOf(signedByCluster().key),
            };
        }
        case "tls:index/selfSignedCert:SelfSignedCert":
            if (name.endsWith("-validity")) {
                return { certPem: pem(name), validityEndTime: endOf(signedByCluster()) };
            }
            return { certPem: pem(name), validityEndTime: "2036-01-01T00:00:00Z" };
        case "tls:index/certRequest:CertRequest":
            return { certRequestPem: `request ${name}` };
        case "tls:index/locallySignedCert:LocallySignedCert":
            return { certPem: pem(name), validityEndTime: "2027-06-01T00:00:00Z" };
        case "command:remote:Command":
            if (name.endsWith("-cluster-ca")) {
                return { stdout: signedStdout(), stderr: "" };
            }
            return { stdout: NODE_STDOUT, stderr: "" };
        default:
            return {};
    }
}

const MS = "metrics-server.kube-system.svc";

/** A certificate for metrics-server as the cluster's CA signs it. The mocks make the public half of its key for every key. */
export const signedByCluster = (): Pair =>
    certificate({
        subject: `/CN=${MS}`,
        names: [MS, "metrics-server", "metrics-server.kube-system", `${MS}.cluster.local`]
            .map((name) => `DNS:${name}`)
            .join(),
        issuer: clusterCa(),
        extensions: ["extendedKeyUsage=serverAuth"],
    });

/** What the node prints that signed. */
export function signedStdout(back: Partial<Record<"certificate" | "ca", string>> = {}): string {
    const good = { certificate: signedByCluster().certificate, ca: clusterCa().certificate };
    return `a line of log\n${JSON.stringify({ ...good, ...back })}\n`;
}

/** When a certificate ends, RFC 3339. */
export function endOf(pair: Pair): string {
    const { validTo } = new X509Certificate(pair.certificate);
    return new Date(validTo).toISOString().replace(".000Z", "Z");
}

export function publicKeyOf(key: string): string {
    return createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
}

/** The certificate that the mocks issue under a name. */
export function pem(name: string): string {
    return `-----BEGIN CERTIFICATE-----\n${name}\n-----END CERTIFICATE-----\n`;
}

/** Kubernetes names an object that has no name, as the provider does. */
function kubernetesMetadata(
    type: string,
    name: string,
    inputs: Record<string, unknown>,
): Record<string, unknown> {
    return type.startsWith("kubernetes:")
        ? { metadata: { name: `${name}-0a1b2c3d`, ...(inputs["metadata"] as object | undefined) } }
        : {};
}
