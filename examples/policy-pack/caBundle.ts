import { X509Certificate } from "node:crypto";
import { leaves, type Props } from "./walk";

/** A `caBundle` with no certificate that is valid until the given day, in whatever kind of object. */
export function caBundleProblems(type: string, props: Props, until: Date): string[] {
    if (!type.startsWith("kubernetes:")) {
        return [];
    }
    return leaves(props).flatMap(([path, value]) =>
        path.at(-1) === "caBundle" && typeof value === "string"
            ? bundleProblems(path.join("."), textOf(value), until)
            : [],
    );
}

/** Objects hold base64 of PEM; values of Helm charts hold PEM. */
function textOf(bundle: string): string {
    return bundle.includes("-----BEGIN") ? bundle : Buffer.from(bundle, "base64").toString();
}

function bundleProblems(path: string, pem: string, until: Date): string[] {
    // Manifests leave it blank where a controller fills it in, as cert-manager does for webhooks.
    if (pem.trim() === "") {
        return [];
    }
    const blocks = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
    if (blocks.length === 0) {
        return [`${path} has no PEM certificate; expected base64 of PEM`];
    }
    const ends = blocks.map(endOf);
    const unreadable = ends.findIndex(Number.isNaN);
    if (unreadable >= 0) {
        return [`${path}: certificate ${unreadable + 1} cannot be read; expected X.509 as PEM`];
    }
    // In a rotation an old certificate may end: the bundle works as long as one is valid.
    const last = Math.max(...ends);
    return last < Number(until)
        ? [
              `${path} ends on ${new Date(last).toISOString()}; renew it: run \`pulumi up\` inside the renewal window`,
          ]
        : [];
}

/** When a certificate expires, in milliseconds; NaN when it is none. */
function endOf(block: string): number {
    try {
        return Date.parse(new X509Certificate(block).validTo);
    } catch {
        return NaN;
    }
}
