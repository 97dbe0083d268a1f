import { join } from "node:path";
import { ESLint, type Linter } from "eslint";

const ROOT = join(__dirname, "..", "..", "..");

/** What this repository's lint says of a text that a file of its might have. */
export async function lintOf(file: string, text: string): Promise<Linter.LintMessage[]> {
    // In CI the parser takes every run for one over the files as they are on disk, and looks there instead of at the text.
    process.env["TSESTREE_SINGLE_RUN"] = "false";
    const [result] = await new ESLint({ cwd: ROOT }).lintText(text, {
        filePath: join(ROOT, file),
    });
    return result?.messages ?? [];
}
