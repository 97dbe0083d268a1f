import { ComponentProvider } from "@pulumi/pulumi/provider/experimental/provider";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
    ClusterPreflight,
    KubeletServingCertificates,
    MetricsServer,
    SecureMetricsServer,
    ServingCertificate,
    ServingSecret,
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

/**
 * Arguments that are secrets wherever they stand. Outputs are not marked: the values that a component returns carry the mark
 * themselves, and the generators for Java and .NET make code from it that does not compile.
 */
const SECRETS = new Set(["privateKey", "privateKeyPassphrase", "privateKeyPem"]);

/** The package's schema, made from the components and the overlay: what schema.json has to be. */
export async function packageSchema(): Promise<string> {
    const { version, repository } = JSON.parse(
        readFileSync(join(REPOSITORY, "package.json"), "utf8"),
    ) as { version: string; repository?: string | { url: string } };
    const provider = new ComponentProvider({
        name: "secure-metrics-server",
        version,
        dirname: REPOSITORY,
        components: [
            SecureMetricsServer,
            ServingCertificate,
            ServingSecret,
            KubeletServingCertificates,
            MetricsServer,
            ClusterPreflight,
        ],
    });
    const schema = JSON.parse(await provider.getSchema()) as Json;
    const presented = {
        ...schema,
        ...OVERLAY,
        repository: webAddress(repository),
        resources: marked(schema["resources"], "inputProperties"),
        types: marked(schema["types"], "properties"),
    };
    return `${JSON.stringify(sorted(presented), undefined, 2)}\n`;
}

/** Where a browser finds the repository that package.json names in npm's way. Go's import path is made from it. */
function webAddress(repository: string | { url: string } | undefined): string | undefined {
    const url = typeof repository === "object" ? repository.url : repository;
    return url?.replace(/^git\+/, "").replace(/\.git$/, "");
}

/** Marks secrets in every list of arguments, given the components or the types of a schema. */
function marked(definitions: unknown, list: string): Json {
    return mapped(definitions, (definition) =>
        mapped(definition, (properties, key) =>
            key !== list
                ? properties
                : mapped(properties, (property, name) =>
                      SECRETS.has(name) ? { ...(property as Json), secret: true } : property,
                  ),
        ),
    );
}

function mapped(object: unknown, change: (value: unknown, key: string) => unknown): Json {
    return Object.fromEntries(
        Object.entries(object ?? {}).map(([key, value]) => [key, change(value, key)]),
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
