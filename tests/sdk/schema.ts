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

/** What the analyzer cannot know: how the package presents itself in each language. */
const OVERLAY: Json = {
    displayName: "Secure metrics-server",
    description: "Runs metrics-server on kubeadm clusters with every TLS check on",
    publisher: "secure-metrics-server",
    license: "Apache-2.0",
    keywords: ["kubernetes", "metrics-server", "kubeadm", "tls", "kind/component", "category/infrastructure"],
    language: {
        csharp: { respectSchemaVersion: true },
        go: {
            importBasePath: "example.com/secure-metrics-server/sdk/go/securemetricsserver",
            generateResourceContainerTypes: true,
            respectSchemaVersion: true,
        },
        java: { basePackage: "com.", buildFiles: "maven" },
        nodejs: { packageName: "secure-metrics-server-sdk", respectSchemaVersion: true },
        python: { pyproject: { enabled: true }, respectSchemaVersion: true },
    },
};

/** Properties that are secrets wherever they stand, as inputs and as outputs. */
const SECRETS = new Set(["privateKey", "privateKeyPassphrase", "privateKeyPem"]);

/** The package's schema, made from the components and the overlay: what schema.json has to be. */
export async function packageSchema(): Promise<string> {
    const { version } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8")) as {
        version: string;
    };
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
    return `${JSON.stringify(sorted(marked({ ...schema, ...OVERLAY })), undefined, 2)}\n`;
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
