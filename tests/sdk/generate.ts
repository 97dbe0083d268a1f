import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digests, LANGUAGES } from "./digests";
import { packageSchema, REPOSITORY } from "./schema";

/** Writes schema.json from the components, and sdk/ from schema.json with the real engine. */
async function main(): Promise<void> {
    const schema = await packageSchema();
    writeFileSync(join(REPOSITORY, "schema.json"), schema);
    if (process.argv.includes("--schema-only")) {
        return;
    }
    await withLogo(schema, async (path) => {
        for (const language of LANGUAGES) {
            await generate(language, path);
        }
    });
    writeFileSync(join(REPOSITORY, "sdk", "SHA256SUMS"), digests(REPOSITORY));
}

async function generate(language: string, schema: string): Promise<void> {
    rmSync(join(REPOSITORY, "sdk", language), { recursive: true, force: true });
    const child = spawn(
        "pulumi",
        ["package", "gen-sdk", schema, "--language", language, "--out", "sdk"],
        { cwd: REPOSITORY, stdio: "inherit" },
    );
    // Without `pulumi` on PATH there is an error instead of an exit.
    const [code] = (await once(child, "exit").catch(() => [undefined])) as unknown[];
    if (code !== 0) {
        throw new Error(
            `no SDK for ${language}: \`pulumi package gen-sdk\` failed; expected \`pulumi\` and its language host on PATH; next: install Pulumi (https://www.pulumi.com/docs/install/) and run npm run sdk again`,
        );
    }
}

/**
 * Runs with a copy of the schema that names a logo. The .NET SDK has to contain one, and its generator only downloads: so it
 * gets the package's own from here, instead of another from the Internet.
 */
async function withLogo(schema: string, run: (path: string) => Promise<void>): Promise<void> {
    const logo = readFileSync(join(REPOSITORY, "docs", "logo.png"));
    const server = createServer((_, response) => response.end(logo)).listen(0, "127.0.0.1");
    await once(server, "listening");
    const folder = mkdtempSync(join(tmpdir(), "schema-"));
    try {
        const { port } = server.address() as AddressInfo;
        const path = join(folder, "schema.json");
        const logoUrl = `http://127.0.0.1:${port}/logo.png`;
        writeFileSync(path, JSON.stringify({ ...(JSON.parse(schema) as object), logoUrl }));
        await run(path);
    } finally {
        server.close();
        rmSync(folder, { recursive: true });
    }
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
