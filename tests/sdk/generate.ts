import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageSchema, REPOSITORY } from "./schema";

const LANGUAGES = ["nodejs", "python", "go", "dotnet", "java"];

/** Writes schema.json from the components, and sdk/ from schema.json with the real engine. */
async function main(): Promise<void> {
    const schema = await packageSchema();
    writeFileSync(join(REPOSITORY, "schema.json"), schema);
    if (process.argv.includes("--schema-only")) {
        return;
    }
    for (const language of LANGUAGES) {
        rmSync(join(REPOSITORY, "sdk", language), { recursive: true, force: true });
        const { status } = spawnSync(
            "pulumi",
            ["package", "gen-sdk", "./schema.json", "--language", language, "--out", "sdk"],
            { cwd: REPOSITORY, stdio: "inherit" },
        );
        if (status !== 0) {
            throw new Error(`no SDK for ${language}: \`pulumi package gen-sdk\` failed; expected \`pulumi\` and its language host on PATH`);
        }
    }
    const digest = createHash("sha256").update(schema).digest("hex");
    writeFileSync(join(REPOSITORY, "sdk", ".schema.sha256"), `${digest}\n`);
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
