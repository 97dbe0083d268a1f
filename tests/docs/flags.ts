import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { flagsPage } from "./flagsPage";
import { helpLacks, metricsServerHelp } from "./metricsServerHelp";

/** Writes docs/metrics-server-flags.md. */
async function main(): Promise<void> {
    const lacks = helpLacks();
    if (lacks.length > 0) {
        throw new Error(lacks.join("\n"));
    }
    const page = join(__dirname, "..", "..", "docs", "metrics-server-flags.md");
    writeFileSync(page, flagsPage(await metricsServerHelp()));
}

main().catch((error: unknown) => {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
});
