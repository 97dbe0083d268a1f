import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REPOSITORY } from "../sdk/schema";
import { NODES, SSH } from "../unit/support/fixtures";
import { construct } from "./support/construct";
import { startPlugin } from "./support/plugin";
import { made } from "./support/shared";

/** Compiling and analysing takes its time. */
const BUDGET = 300_000;

/** What a checkout has whose packages were installed without running scripts: everything but what is compiled. */
const SOURCES = [
    "package.json",
    "index.ts",
    "tsconfig.json",
    "schema.json",
    "components",
    "plugin",
];

describe("a plugin that is not compiled, as after `npm install --ignore-scripts`", () => {
    const folder = mkdtempSync(join(tmpdir(), "sources-"));
    before(() => {
        for (const file of SOURCES) {
            cpSync(join(REPOSITORY, file), join(folder, file), { recursive: true });
        }
        symlinkSync(join(REPOSITORY, "node_modules"), join(folder, "node_modules"));
    });
    after(() => {
        rmSync(folder, { recursive: true });
    });

    it("makes the same resources from its sources, only later", async function () {
        this.timeout(BUDGET);
        const asked = { component: "SecureMetricsServer", inputs: { nodes: NODES, ssh: SSH } };
        const plugin = await startPlugin(folder);
        try {
            const [fromSources, compiled] = [await construct(plugin, asked), await made(asked)];
            assert.deepEqual(
                fromSources.registered.map(({ urn }) => urn).sort(),
                compiled.registered.map(({ urn }) => urn).sort(),
            );
            assert.deepEqual(fromSources.state, compiled.state);
        } finally {
            await plugin.stop();
        }
    });
});
