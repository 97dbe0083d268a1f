import { cpSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const REPOSITORY = join(__dirname, "..", "..");
/** What tools leave in an example's folder. */
const LEFTOVERS = /\/(node_modules|sdks|venv|target|__pycache__)(\/|$)/;

/**
 * A copy of an example in a new folder, as a user has it after `pulumi install`: the SDK that is committed lies in sdks/, and
 * the engine starts the package from this checkout.
 */
export function copyExample(example: string): string {
    const folder = mkdtempSync(join(tmpdir(), `example-${example}-`));
    cpSync(join(REPOSITORY, "examples", example), folder, {
        recursive: true,
        filter: (path) => !LEFTOVERS.test(path),
    });
    const project = join(folder, "Pulumi.yaml");
    const text = readFileSync(project, "utf8");
    writeFileSync(
        project,
        text.replace("secure-metrics-server: ../..", `secure-metrics-server: ${REPOSITORY}`),
    );
    if (!/^runtime: yaml$/m.test(text)) {
        const sdk = join(REPOSITORY, "sdk", example);
        cpSync(sdk, join(folder, "sdks", "secure-metrics-server"), { recursive: true });
    }
    return folder;
}
