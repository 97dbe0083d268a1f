import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { named, waitsFor } from "./support/find";
import type { Recorded } from "./support/mocks";

const ROOT = join(__dirname, "..", "..");

/** What an example's own program registers, run by itself, because it may be imported only once. */
function registered(example: string): Recorded[] {
    // The mocks issue no certificates, so there are none to look at.
    const none = ["key", "ca-1", "request", "certificate"].map((each) => [
        `certificate-${each}`,
        {},
    ]);
    const options = { stock: true, states: Object.fromEntries(none) as object };
    const program = `
        const { record } = require("./tests/unit/support/mocks");
        record(() => require("./examples/${example}/index"), ${JSON.stringify(options)})
            .then(({ resources }) => console.log(JSON.stringify(resources)));`;
    const output = execFileSync(process.execPath, ["--import=tsx", "--eval", program], {
        cwd: ROOT,
        env: { ...process.env, TSX_TSCONFIG_PATH: join(ROOT, "tsconfig.test.json") },
        encoding: "utf8",
    });
    return JSON.parse(output) as Recorded[];
}

describe("the examples of what the API server calls", function () {
    this.timeout(60_000);

    for (const [example, last] of [
        ["webhook", "webhook"],
        ["second-api-service", "api-service"],
        ["crd-conversion", "definition"],
    ] as const) {
        describe(`examples/${example}`, () => {
            let resources: Recorded[] = [];
            before(() => {
                resources = registered(example);
            });

            it(`makes ${last} last and deletes it first: nothing waits for it, and it waits for all that answers`, () => {
                const waits = waitsFor(resources, last);
                for (const name of ["deployment", "service", "secret-tls", "namespace"]) {
                    assert.ok(waits.has(name), name);
                }
                assert.deepEqual(
                    resources.filter(({ dependsOn }) => dependsOn.includes(last)),
                    [],
                );
            });

            it("makes the Service before the pods and deletes it after them, without waiting for pods", () => {
                assert.ok(named(resources, "deployment").dependsOn.includes("service"));
                const { metadata } = named(resources, "service").inputs as {
                    metadata: { annotations: object };
                };
                assert.deepEqual(metadata.annotations, { "pulumi.com/skipAwait": "true" });
            });

            it("mounts the Secret by the name that the engine gave it, and never goes below its pods", () => {
                const { spec } = named(resources, "deployment").inputs as unknown as {
                    spec: {
                        strategy: object;
                        template: { spec: { volumes: { secret: { secretName: string } }[] } };
                    };
                };
                assert.equal(
                    spec.template.spec.volumes[0]?.secret.secretName,
                    "secret-tls-0a1b2c3d",
                );
                assert.deepEqual(spec.strategy, {
                    rollingUpdate: { maxUnavailable: 0, maxSurge: 1 },
                });
            });
        });
    }
});
