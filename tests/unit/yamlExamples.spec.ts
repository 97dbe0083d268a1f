import assert from "node:assert/strict";
import { load } from "js-yaml";
import { formProblems } from "../../components/shared/argumentForm";
import { schemaText, type PackageSchema } from "../../components/shared/schema";
import { NODES, SSH } from "./support/fixtures";
import { readText } from "./support/files";

/** A program in YAML. */
interface Program {
    resources: Record<string, { type: string; properties: Record<string, unknown> }>;
    outputs: Record<string, string>;
}

describe("the examples in YAML", () => {
    const schema = JSON.parse(schemaText()) as PackageSchema;

    for (const example of ["yaml", "cert-manager-yaml", "take-over-yaml"]) {
        it(`examples/${example}: has arguments and outputs that there are`, () => {
            const { resources, outputs } = load(
                readText(`examples/${example}/Pulumi.yaml`),
            ) as Program;
            const { type, properties } = resources["metrics"] ?? { type: "", properties: {} };
            assert.equal(type, "secure-metrics-server:SecureMetricsServer");
            // What configuration says is not known here.
            const given = { ...properties, nodes: NODES, ssh: SSH, takeOver: true };
            assert.deepEqual(formProblems(schema, "SecureMetricsServer", given), []);
            const known = schema.resources["secure-metrics-server:index:SecureMetricsServer"];
            for (const output of Object.values(outputs)) {
                const [, property = ""] = /^\$\{metrics\.(\w+)\}$/.exec(output) ?? [];
                assert.ok(property in (known?.properties ?? {}), output);
            }
        });
    }
});
