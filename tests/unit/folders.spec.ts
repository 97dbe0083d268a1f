import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { lintOf } from "./support/lint";

const ROOT = join(__dirname, "..", "..");

/** What the lint rules about folders say of an import that a file might have. */
async function said(file: string, imported: string): Promise<string[]> {
    return (await lintOf(join("components", file), `import "${imported}";\n`))
        .filter(({ ruleId }) => ruleId?.startsWith("boundaries/"))
        .map(({ message }) => message);
}

describe("the folders of components", function () {
    this.timeout(60_000);

    it("hold every file: none lies beside them", () => {
        const files = readdirSync(join(ROOT, "components"), { withFileTypes: true });
        assert.deepEqual(
            files.filter((entry) => !entry.isDirectory()).map(({ name }) => name),
            [],
        );
    });

    for (const [file, imported] of [
        ["nodes/inventory.ts", "../ssh/connection"],
        ["shared/pem.ts", "../nodes/addresses"],
        ["ssh/connection.ts", "../kubelet-serving-certificates/nodeResult"],
        ["cluster-preflight/preflight.ts", "../secure-metrics-server/podDefaults"],
        ["metrics-server/manifests.ts", "../kubelet-serving-certificates/rollout"],
        ["serving-secret/servingSecret.ts", "../serving-certificate/own"],
        ["metrics-server/mounted.ts", "../serving-secret/servingSecret"],
        ["serving-certificate/renewal.ts", "../secure-metrics-server/podDefaults"],
    ] as const) {
        it(`import downwards only: lint refuses ${imported} in ${file}`, async () => {
            assert.match((await said(file, imported)).join("\n"), /imports between folders go/);
        });
    }

    it("import what is below them", async () => {
        assert.deepEqual(await said("ssh/connection.ts", "../nodes/login"), []);
    });
});
