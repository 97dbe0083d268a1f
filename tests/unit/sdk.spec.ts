import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { digests, LANGUAGES } from "../sdk/digests";
import { REPOSITORY } from "../sdk/schema";

const SDK = join(REPOSITORY, "sdk");

describe("the SDKs in sdk/", () => {
    it("are what the generator made from schema.json, and nobody edited them", () => {
        const recorded = readFileSync(join(SDK, "SHA256SUMS"), "utf8").split("\n");
        const found = digests(REPOSITORY).split("\n");
        const differing = [
            ...found.filter((line) => !recorded.includes(line)),
            ...recorded.filter((line) => !found.includes(line)),
        ].map((line) => line.replace(/^\S+ {2}/, ""));
        assert.deepEqual(
            [...new Set(differing)],
            [],
            `changed after generation, relative to sdk/: ${[...new Set(differing)].join(", ")}; next: npm run sdk`,
        );
    });

    it("exist for every language that Pulumi generates one for", () => {
        for (const language of LANGUAGES) {
            assert.ok(existsSync(join(SDK, language)), `sdk/${language}`);
        }
        assert.deepEqual([...LANGUAGES].sort(), ["dotnet", "go", "java", "nodejs", "python"]);
    });

    it("carry the version of the package in every language", () => {
        const { version } = JSON.parse(readFileSync(join(REPOSITORY, "package.json"), "utf8")) as {
            version: string;
        };
        const carriers = [
            "nodejs/package.json",
            "python/pyproject.toml",
            "go/securemetricsserver/pulumi-plugin.json",
            "dotnet/version.txt",
            "java/src/main/resources/com/pulumi/secure-metrics-server/version.txt",
        ];
        for (const carrier of carriers) {
            assert.ok(readFileSync(join(SDK, carrier), "utf8").includes(version), carrier);
        }
    });
});
