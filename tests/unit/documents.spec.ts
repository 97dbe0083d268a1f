import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { extraArgumentProblems } from "../../components/metrics-server/extraArguments";
import { composedScript } from "../../components/ssh/scriptTable";
import { readJson, readText } from "./support/files";

const ROOT = join(__dirname, "..", "..");
const README = readText("README.md");
const DECISIONS = readdirSync(join(ROOT, "docs", "decisions")).map(
    (file) => `docs/decisions/${file}`,
);
const DOCUMENTS = [
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "docs/benchmark.md",
    "docs/metrics-server-flags.md",
    "docs/chart-values.md",
    "docs/for-others.md",
    "docs/what-a-reviewer-sees.md",
    ...DECISIONS,
];

/** A section of the README, without the one after it. */
function section(heading: string): string {
    return README.split(/^## /m).find((text) => text.startsWith(`${heading}\n`)) ?? "";
}

/** Everything that stands in code quotes in a text. */
function quoted(text: string): string[] {
    return [...text.matchAll(/`([^`\n]+)`/g)].map(([, words = ""]) => words);
}

describe("the documents", () => {
    for (const document of DOCUMENTS) {
        it(`link to files that are there: ${document}`, () => {
            const links = [...readText(document).matchAll(/\]\(([^)#:]+)(#[^)]*)?\)/g)];
            const missing = links
                .map(([, link = ""]) => link)
                .filter((link) => !existsSync(join(ROOT, dirname(document), link)));
            assert.deepEqual(missing, []);
        });
    }
});

describe("the README", () => {
    it("has a row for each argument of SecureMetricsServer, and for no other", () => {
        const schema = readJson("schema.json") as {
            resources: Record<string, { inputProperties: Record<string, unknown> }>;
        };
        const component = schema.resources["secure-metrics-server:index:SecureMetricsServer"];
        const rows = [...section("Arguments").matchAll(/^\| `(\w+)/gm)].map(([, name]) => name);
        assert.deepEqual(
            [...new Set(rows)].sort(),
            Object.keys(component?.inputProperties ?? {}).sort(),
        );
    });

    it("names flags for extraArgs that are taken", () => {
        const row = /^\| `metricsServer\.extraArgs`.*$/m.exec(README)?.[0] ?? "";
        const flags = quoted(row).filter((word) => word.startsWith("--"));
        assert.ok(flags.length >= 3, row);
        assert.deepEqual(extraArgumentProblems(flags.map((flag) => `${flag}=1`)), []);
    });

    it("names causes of drift and places on nodes that the scripts know", () => {
        const names = ["kubelet", "csr-approval", "verification"] as const;
        const scripts = names.map((name) => composedScript(name).text).join("\n");
        const days = section("The days of a cluster's life");
        const causes = quoted(days).filter((word) =>
            /^(approver|approval|script|metrics-api|certificate)(-[a-z]+)+$/.test(word),
        );
        assert.ok(causes.length >= 9, causes.join());
        assert.deepEqual(
            causes.filter((cause) => !scripts.includes(cause)),
            [],
        );
        const [, approver = ""] = /`sudo sh (\/var\/lib\/[^ ]*) check`/.exec(days) ?? [];
        assert.ok(scripts.includes(`ExecStart=/bin/sh ${approver} run`), approver);
    });

    it("says how to remove every object that an approver's credential has", () => {
        const [, objects = ""] =
            /^objects_text\(\) \{\n([^]*?)^\}/m.exec(
                readText("components/scripts/approval/credential.sh"),
            ) ?? [];
        const kinds = [...objects.matchAll(/^kind: (\w+)$/gm)].map(([, kind = ""]) =>
            kind.toLowerCase(),
        );
        const row = /^\| a dead control plane .*$/m.exec(README)?.[0] ?? "";
        const named = [...row.matchAll(/delete ([a-z,]+) \$N/g)].flatMap(([, list = ""]) =>
            list.split(","),
        );
        assert.equal(kinds.length, 6);
        assert.deepEqual([...named].sort(), [...kinds].sort());
    });

    it("names no place that earlier versions had on nodes", () => {
        assert.doesNotMatch(README, /\/usr\/local\/lib|approve-csrs|checkOnly/);
    });
});
