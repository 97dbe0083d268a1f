import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { load } from "js-yaml";
import { join } from "node:path";
import { RELEASES } from "../../components/metrics-server/releases";
import { goVersion } from "../cluster/harness/host/goVersion";
import { CHART_VALUES, CHART_VERSION, chartPage, leavesOf, rowsFor } from "../docs/chartValues";
import { skipIfLacking } from "../support/skip";
import { readJson, readText } from "./support/files";

const PAGE = "docs/chart-values.md";
const MODULE = `sigs.k8s.io/metrics-server@${RELEASES[0].version}`;

/** Where the chart lies, once something of its module was built. */
function chartFolder(): string {
    const modules = execFileSync("go", ["env", "GOMODCACHE"], { encoding: "utf8" }).trim();
    return join(modules, MODULE, "charts", "metrics-server");
}

function chartLacks(): string[] {
    if (goVersion() === undefined) {
        return ["`go` is not on PATH"];
    }
    return existsSync(chartFolder())
        ? []
        : [`${MODULE} is not in Go's module cache; \`npm run cluster -- up\` brings it there`];
}

describe("the table of the chart's values", () => {
    describe("beside the chart itself", () => {
        before(function () {
            skipIfLacking(this, chartLacks());
        });
        const read = (file: string): unknown =>
            load(readFileSync(join(chartFolder(), file), "utf8"));

        it("is of the version that upstream's module has", () => {
            assert.equal((read("Chart.yaml") as { version: string }).version, CHART_VERSION);
        });

        it("has every value exactly once, and no other", () => {
            const leaves = leavesOf(read("values.yaml"));
            assert.ok(leaves.length > 80, `${leaves.length} values`);
            for (const leaf of leaves) {
                assert.equal(rowsFor(leaf).length, 1, leaf);
            }
            const spoken = new Set(leaves.flatMap(rowsFor));
            assert.deepEqual(Object.keys(CHART_VALUES), [...spoken]);
        });
    });

    it("is the page in docs, to the letter", () => {
        assert.ok(
            readText(PAGE) === chartPage(),
            `${PAGE} is out of date; next: npm run docs:chart`,
        );
    });

    it("names arguments that there are", () => {
        const { resources, types } = readJson("schema.json") as {
            resources: Record<string, { inputProperties: Record<string, unknown> }>;
            types: Record<string, { properties?: Record<string, unknown> }>;
        };
        const metricsServer = resources["secure-metrics-server:index:MetricsServer"];
        const certificate = types["secure-metrics-server:index:CertificateSettings"];
        const known = [
            ...Object.keys(metricsServer?.inputProperties ?? {}),
            ...Object.keys(certificate?.properties ?? {}).map((at) => `servingCertificate.${at}`),
        ];
        for (const [value, decision] of Object.entries(CHART_VALUES)) {
            assert.ok(!("argument" in decision) || known.includes(decision.argument), value);
        }
    });
});
