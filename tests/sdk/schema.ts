import { ComponentProvider } from "@pulumi/pulumi/provider/experimental/provider";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
    KubeletServingCertificates,
    MetricsServer,
    SecureMetricsServer,
    ServingCertificate,
} from "../../index";

export const REPOSITORY = join(__dirname, "..", "..");

/** A JSON object. */
type Json = Record<string, unknown>;

/**
 * What the analyzer cannot know: how the package presents itself. Names that programs use stay those that `pulumi package add`
 * gives a package, so that a program compiles against the committed SDKs and against the ones that it makes itself.
 */
const OVERLAY: Json = {
    displayName: "Secure metrics-server",
    description: "Runs metrics-server on kubeadm clusters with every TLS check on",
    publisher: "secure-metrics-server",
    license: "Apache-2.0",
    keywords: [
        "kubernetes",
        "metrics-server",
        "kubeadm",
        "tls",
        "kind/component",
        "category/infrastructure",
    ],
    // The Go SDK is a module of its own, in sdk/go.
    meta: { supportPack: true },
    language: {
        csharp: { respectSchemaVersion: true },
        go: { generateResourceContainerTypes: true, respectSchemaVersion: true },
        // Sources with their version in them, for a Maven project: what `pulumi package add` makes, too.
        java: { buildFiles: "none", respectSchemaVersion: true },
        nodejs: {
            // `secure-metrics-server` is the package itself, which a Node program uses without an SDK.
            packageName: "secure-metrics-server-sdk",
            typescriptVersion: "~5.9.3",
            respectSchemaVersion: true,
        },
        python: { pyproject: { enabled: true }, respectSchemaVersion: true },
    },
};

/** Properties that are secrets wherever they stand, as inputs and as outputs. */
const SECRETS = new Set(["privateKey", "privateKeyPassphrase", "privateKeyPem"]);

/** The package's schema, made from the components and the overlay: what schema.json has to be. */
export async function packageSchema(): Promise<string> {
    const { version, repository } = JSON.parse(
        readFileSync(join(REPOSITORY, "package.json"), "utf8"),
    ) as { version: string; repository?: string };
    const provider = new ComponentProvider({
        name: "secure-metrics-server",
        version,
        dirname: REPOSITORY,
        components: [
            SecureMetricsServer,
            ServingCertificate,
            KubeletServingCertificates,
            MetricsServer,
        ],
    });
    const schema = JSON.parse(await provider.getSchema()) as Json;
    const presented = { ...schema, ...OVERLAY, repository };
    return `${JSON.stringify(sorted(marked(presented)), undefined, 2)}\n`;
}

/** Marks secrets in every list of properties. */
function marked(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(marked);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    return Object.fromEntries(
        Object.entries(value).map(([key, inner]) => {
            const done = marked(inner);
            const isSecret = SECRETS.has(key) && typeof done === "object" && done !== null;
            return [key, isSecret ? { ...done, secret: true } : done];
        }),
    );
}

/** Objects with sorted keys, so that the file changes only where the package does. */
function sorted(value: unknown): unknown {
    if (Array.isArray(value)) {
        return value.map(sorted);
    }
    if (typeof value !== "object" || value === null) {
        return value;
    }
    return Object.fromEntries(
        Object.entries(value)
            .sort(([a], [b]) => (a < b ? -1 : 1))
            .map(([key, inner]) => [key, sorted(inner)]),
    );
}
