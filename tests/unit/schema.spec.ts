import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageSchema, REPOSITORY } from "../sdk/schema";

interface Property {
    type?: string;
    $ref?: string;
    description?: string;
    secret?: boolean;
    items?: Property;
    additionalProperties?: Property;
}

interface Schema {
    name: string;
    version: string;
    dependencies: unknown[];
    resources: Record<
        string,
        {
            isComponent: boolean;
            description?: string;
            inputProperties: Record<string, Property>;
            requiredInputs?: string[];
            properties: Record<string, Property>;
        }
    >;
    types: Record<
        string,
        { properties?: Record<string, Property>; enum?: { name: string; description?: string }[] }
    >;
}

/** Properties by the path to them. */
function properties(schema: Schema): [string, Property][] {
    const of = (at: string, all: Record<string, Property> | undefined): [string, Property][] =>
        Object.entries(all ?? {}).map(([name, property]) => [`${at}.${name}`, property]);
    return [
        ...Object.entries(schema.resources).flatMap(([token, resource]) => [
            ...of(token, resource.inputProperties),
            ...of(token, resource.properties),
        ]),
        ...Object.entries(schema.types).flatMap(([token, type]) => of(token, type.properties)),
    ];
}

/** Everything that a property refers to. */
function references(property: Property | undefined): string[] {
    return property === undefined
        ? []
        : [
              ...(property.$ref === undefined ? [] : [property.$ref]),
              ...references(property.items),
              ...references(property.additionalProperties),
          ];
}

describe("the schema that the analyzer of @pulumi/pulumi makes", () => {
    let text = "";
    let schema: Schema;
    before(async function () {
        this.timeout(60_000);
        text = await packageSchema();
        schema = JSON.parse(text) as Schema;
    });

    it("is the one that is committed, which all SDKs are made from", () => {
        assert.ok(
            readFileSync(join(REPOSITORY, "schema.json"), "utf8") === text,
            "schema.json is out of date; next: npm run sdk",
        );
    });

    it("has exactly the four components under the tokens that programs use", () => {
        assert.equal(schema.name, "secure-metrics-server");
        assert.deepEqual(Object.keys(schema.resources).sort(), [
            "secure-metrics-server:index:KubeletServingCertificates",
            "secure-metrics-server:index:MetricsServer",
            "secure-metrics-server:index:SecureMetricsServer",
            "secure-metrics-server:index:ServingCertificate",
        ]);
        assert.ok(Object.values(schema.resources).every(({ isComponent }) => isComponent));
    });

    it("describes every component, every property and every choice", () => {
        for (const [token, { description }] of Object.entries(schema.resources)) {
            assert.ok((description ?? "").length > 40, token);
        }
        for (const [at, { description }] of properties(schema)) {
            assert.ok((description ?? "").length > 10, `${at} has no description`);
        }
        for (const [token, { enum: choices }] of Object.entries(schema.types)) {
            for (const { name, description } of choices ?? []) {
                assert.ok((description ?? "").length > 5, `${token}.${name} has no description`);
            }
        }
    });

    it("has no description that a link destroyed, and a type for every property but the pods' affinity", () => {
        assert.ok(!text.includes("[object Object]"));
        const untyped = properties(schema).filter(([, property]) =>
            references(property).includes("pulumi.json#/Any"),
        );
        assert.deepEqual(
            [...new Set(untyped.map(([at]) => at.replace(/^.*\./, "")))],
            ["affinity"],
        );
    });

    it("has no private field: every property is meant to be there", () => {
        for (const [at] of properties(schema)) {
            assert.match(at, /\.[a-z][A-Za-z0-9]*$/);
        }
        const outputs = Object.fromEntries(
            Object.entries(schema.resources).map(([token, resource]) => [
                token.replace(/^.*:/, ""),
                Object.keys(resource.properties).sort(),
            ]),
        );
        assert.deepEqual(outputs, {
            KubeletServingCertificates: ["notAfter", "results"],
            MetricsServer: ["apiServiceName", "caBundle", "image", "serviceName"],
            SecureMetricsServer: [
                "caBundle",
                "caNotAfter",
                "kubeletNotAfter",
                "nodeResults",
                "renewalTime",
                "serviceName",
                "servingCertificateNotAfter",
            ],
            ServingCertificate: [
                "caBundle",
                "caCertificatePem",
                "caNotAfter",
                "certificatePem",
                "notAfter",
                "privateKeyPem",
                "renewalTime",
            ],
        });
    });

    it("refers to no other package, whose version every user would then have to have", () => {
        assert.deepEqual(schema.dependencies, []);
        for (const [at, property] of properties(schema)) {
            for (const reference of references(property)) {
                assert.match(reference, /^(#\/types\/|pulumi\.json#\/Any$)/, at);
            }
        }
    });

    it("asks for no more than the documents say is needed", () => {
        const required = Object.fromEntries(
            Object.entries(schema.resources).map(([token, { requiredInputs }]) => [
                token.replace(/^.*:/, ""),
                [...(requiredInputs ?? [])].sort(),
            ]),
        );
        assert.deepEqual(required, {
            KubeletServingCertificates: ["nodes"],
            MetricsServer: ["caBundle", "certificatePem", "privateKeyPem"],
            SecureMetricsServer: ["nodes"],
            ServingCertificate: ["namespace", "serviceName"],
        });
    });

    it("has no insecure switch in any language", () => {
        for (const [at] of properties(schema)) {
            assert.doesNotMatch(at, /insecure|skip|verify|trust/i);
        }
    });

    it("marks private keys and passphrases as secrets, and nothing that a preview has to show", () => {
        const secrets = properties(schema)
            .filter(([, { secret }]) => secret === true)
            .map(([at]) => at.replace(/^secure-metrics-server:index:/, ""));
        assert.deepEqual([...new Set(secrets)].sort(), [
            "BastionArgs.privateKey",
            "BastionArgs.privateKeyPassphrase",
            "MetricsServer.privateKeyPem",
            "ServingCertificate.privateKeyPem",
            "SshArgs.privateKey",
            "SshArgs.privateKeyPassphrase",
        ]);
    });
});
