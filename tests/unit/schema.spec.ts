import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { packageSchema, REPOSITORY } from "../sdk/schema";
import { flaws, inputs, properties, references, type Schema } from "./support/schema";

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

    it("has exactly the six components under the tokens that programs use", () => {
        assert.equal(schema.name, "secure-metrics-server");
        assert.deepEqual(Object.keys(schema.resources).sort(), [
            "secure-metrics-server:index:ClusterPreflight",
            "secure-metrics-server:index:KubeletServingCertificates",
            "secure-metrics-server:index:MetricsServer",
            "secure-metrics-server:index:SecureMetricsServer",
            "secure-metrics-server:index:ServingCertificate",
            "secure-metrics-server:index:ServingSecret",
        ]);
        assert.ok(Object.values(schema.resources).every(({ isComponent }) => isComponent));
    });

    it("describes every component, every property and every choice in whole sentences", () => {
        const described: [string, string | undefined][] = [
            ...Object.entries(schema.resources).map(
                ([token, { description }]): [string, string | undefined] => [token, description],
            ),
            ...properties(schema).map(([at, { description }]): [string, string | undefined] => [
                at,
                description,
            ]),
            ...Object.entries(schema.types).flatMap(([token, { enum: choices }]) =>
                (choices ?? []).map(({ name, description }): [string, string | undefined] => [
                    `${token}.${name}`,
                    description,
                ]),
            ),
        ];
        for (const [at, description] of described) {
            assert.deepEqual(flaws(description), [], `${at}: ${description ?? "no description"}`);
        }
    });

    it("says of every optional argument what holds without it", () => {
        for (const [at, { optional, description }] of inputs(schema)) {
            if (optional === true) {
                assert.match(description ?? "", /\b(defaults to|by default)\b/i, at);
            }
        }
    });

    it("says of every number what it counts", () => {
        for (const [at, { type, description }] of properties(schema)) {
            if (type === "number") {
                assert.match(
                    description ?? "",
                    /^(Hours|Seconds|Workers|Number of|The .*port)/,
                    at,
                );
            }
        }
    });

    it("has a type for every property but the pods' affinity", () => {
        const untyped = properties(schema).filter(([, property]) =>
            references(property).includes("pulumi.json#/Any"),
        );
        assert.deepEqual(
            [...new Set(untyped.map(([at]) => at.replace(/^.*\./, "")))],
            ["affinity"],
        );
    });

    it("has no type that would be called …ArgsArgs in other languages", () => {
        const doubled = Object.keys(schema.types).filter((token) => token.endsWith("Args"));
        assert.deepEqual(doubled, []);
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
            ClusterPreflight: ["kubernetesVersion", "nodeCount"],
            KubeletServingCertificates: ["notAfter", "results"],
            MetricsServer: ["apiServiceName", "caBundle", "image", "serviceName"],
            SecureMetricsServer: [
                "caBundle",
                "caNotAfter",
                "certificateRequest",
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
                "certificateRequest",
                "notAfter",
                "privateKeyPem",
                "renewalTime",
            ],
            ServingSecret: ["secretName"],
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
            ClusterPreflight: ["nodes"],
            KubeletServingCertificates: ["nodes"],
            MetricsServer: [],
            SecureMetricsServer: ["nodes"],
            ServingCertificate: ["namespace", "serviceName"],
            ServingSecret: ["certificatePem", "namespace", "privateKeyPem"],
        });
    });

    it("has no insecure switch in any language", () => {
        for (const [at] of properties(schema)) {
            assert.doesNotMatch(at, /insecure|skip|verify|trust/i);
        }
    });

    it("marks private keys and passphrases as secrets, and nothing that a preview has to show", () => {
        const secrets = inputs(schema)
            .filter(([, { secret }]) => secret === true)
            .map(([at]) => at.replace(/^secure-metrics-server:index:/, ""));
        assert.deepEqual(secrets.sort(), [
            "Bastion.privateKey",
            "Bastion.privateKeyPassphrase",
            "GivenCa.privateKeyPem",
            "GivenCertificate.privateKeyPem",
            "MetricsServer.privateKeyPem",
            "ServingSecret.privateKeyPem",
            "Ssh.privateKey",
            "Ssh.privateKeyPassphrase",
        ]);
    });

    it("marks no output, because the SDKs for Java and .NET would not compile", () => {
        for (const [token, resource] of Object.entries(schema.resources)) {
            for (const [name, { secret }] of Object.entries(resource.properties)) {
                assert.equal(secret, undefined, `${token}.${name}`);
            }
        }
    });
});

describe("the check of descriptions", () => {
    const cases: [string, string][] = [
        ["a link that the analyzer destroyed", "[object Object],[object Object]."],
        ["a tag", "Hours that it lives {@link Other}."],
        ["a sentence that a tag cut off", "Hours that it lives. Defaults to"],
        ["an open code span", "Defaults to `retain."],
        ["an open bracket", "Defaults to one (of many."],
        ["nothing", ""],
    ];
    for (const [what, description] of cases) {
        it(`finds ${what}`, () => {
            assert.notDeepEqual(flaws(description), []);
        });
    }
});
