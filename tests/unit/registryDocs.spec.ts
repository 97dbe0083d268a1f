import assert from "node:assert/strict";
import { load } from "js-yaml";
import { readJson, readText } from "./support/files";

const PAGES = ["docs/_index.md", "docs/installation-configuration.md"];

interface Schema {
    name: string;
    displayName: string;
    resources: Record<
        string,
        {
            inputProperties: Record<string, unknown>;
            properties: Record<string, unknown>;
        }
    >;
    types: Record<string, { properties?: Record<string, unknown> }>;
}

const schema = readJson("schema.json") as Schema;

/** The block of a language on a page. */
function block(page: string, language: string): string {
    const found = new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(readText(page))?.[1];
    assert.ok(found, `${page} has no block of ${language}`);
    return found;
}

function keys(value: unknown): string[] {
    return Object.keys(value ?? {});
}

describe("the pages for the Pulumi Registry", () => {
    for (const page of PAGES) {
        it(`have the front matter that the registry reads: ${page}`, () => {
            const text = readText(page);
            const matter = load(/^---\n([^]*?)\n---\n/.exec(text)?.[1] ?? "") as {
                title: string;
                meta_desc: string;
                layout: string;
            };
            assert.deepEqual(keys(matter), ["title", "meta_desc", "layout"]);
            assert.ok(matter.title.startsWith(schema.displayName));
            assert.equal(matter.layout, "package");
            assert.ok(matter.meta_desc.length > 50 && matter.meta_desc.length <= 160);
        });
    }

    it("name every component, and no other", () => {
        const named = [...readText("docs/_index.md").matchAll(/^\| `(\w+)` \|/gm)];
        assert.deepEqual(
            named.map(([, name]) => name).sort(),
            keys(schema.resources)
                .map((token) => token.replace(/^.*:/, ""))
                .sort(),
        );
    });

    it("show programs with the tokens, arguments and outputs of the schema", () => {
        const program = load(block("docs/_index.md", "yaml")) as {
            resources: Record<
                string,
                {
                    type: string;
                    properties: {
                        nodes: Record<string, Record<string, unknown>>;
                        ssh: Record<string, unknown>;
                    };
                }
            >;
            outputs: Record<string, string>;
        };
        const typescript = block("docs/_index.md", "typescript");
        const [metrics] = Object.values(program.resources);
        assert.ok(metrics);
        const [pkg = "", name = ""] = metrics.type.split(":");
        const component = schema.resources[`${pkg}:index:${name}`];
        assert.ok(component);
        const known = (given: unknown, expected: unknown): void => {
            for (const key of keys(given)) {
                assert.ok(keys(expected).includes(key), key);
                assert.match(typescript, new RegExp(`\\b${key}: `));
            }
        };
        known(metrics.properties, component.inputProperties);
        const types = Object.entries(schema.types);
        const type = (suffix: RegExp): unknown =>
            types.find(([token]) => suffix.test(token))?.[1].properties;
        Object.values(metrics.properties.nodes).forEach((node) => {
            known(node, type(/:Node(Args)?$/));
        });
        known(metrics.properties.ssh, type(/:Ssh(Args)?$/));
        for (const output of Object.values(program.outputs)) {
            const property = /^\$\{metrics\.(\w+)\}$/.exec(output)?.[1] ?? "";
            assert.ok(property in component.properties, property);
            assert.ok(typescript.includes(`metrics.${property};`));
        }
    });

    it("name the packages of all languages as their SDKs do", () => {
        const page = readText("docs/installation-configuration.md");
        const python = /^ *name = "(.*)"$/m.exec(readText("sdk/python/pyproject.toml"))?.[1];
        const go = /^module (.*)$/m.exec(readText("sdk/go/go.mod"))?.[1];
        const table = Object.fromEntries(
            [...page.matchAll(/^\| (\S+) \| `(.+?)`/gm)].map(([, language = "", name = ""]) => [
                language,
                name,
            ]),
        );
        assert.deepEqual(table, {
            "JavaScript/TypeScript": (readJson("package.json") as { name: string }).name,
            Python: python,
            Go: `${String(go)}/securemetricsserver`,
            ".NET": "Pulumi.SecureMetricsServer",
            Java: "com.pulumi.securemetricsserver",
        });
        assert.match(
            readText(
                "sdk/java/src/main/java/com/pulumi/securemetricsserver/SecureMetricsServer.java",
            ),
            /^package com\.pulumi\.securemetricsserver;$/m,
        );
        assert.match(
            readText("sdk/dotnet/SecureMetricsServer.cs"),
            /^namespace Pulumi\.SecureMetricsServer$/m,
        );
    });

    it("ask for the versions of Node.js and of Pulumi that the package asks for", () => {
        const page = readText("docs/installation-configuration.md");
        const { engines } = readJson("package.json") as { engines: { node: string } };
        const plugin = load(readText("PulumiPlugin.yaml")) as { requiredPulumiVersion: string };
        assert.ok(page.includes(`Node.js ${engines.node.replace(">=", "")} or later`));
        const needed = plugin.requiredPulumiVersion.replace(/^>=(\d+\.\d+)\.0$/, "$1");
        assert.ok(page.includes(`Pulumi ${needed} or later`));
    });
});
