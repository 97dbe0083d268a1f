import { readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "..", "..", "..");

/** The text of a file of the repository. */
export function readText(path: string): string {
    return readFileSync(join(ROOT, path), "utf8");
}

/** The content of a JSON file of the repository. */
export function readJson(path: string): unknown {
    return JSON.parse(readText(path));
}
