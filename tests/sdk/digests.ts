import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";

/** The languages that have an SDK, by the name of its folder in sdk/. */
export const LANGUAGES = ["nodejs", "python", "go", "dotnet", "java"];

/** What compilers and package managers leave in an SDK's folder; git ignores it, too. */
const LEFTOVERS = new Set(["node_modules", "bin", "obj", "build", "dist", "target", "__pycache__"]);

/**
 * The SHA-256 of schema.json and of every file that was generated from it, by path relative to sdk/. In the format of
 * `sha256sum`, so that `cd sdk && sha256sum --check SHA256SUMS` says the same without this package.
 */
export function digests(repository: string): string {
    const sdk = join(repository, "sdk");
    const files = LANGUAGES.flatMap((language) => filesBelow(join(sdk, language)));
    return [join(repository, "schema.json"), ...files]
        .map((file) => `${sha256(file)}  ${relative(sdk, file)}\n`)
        .join("");
}

/** All files below a folder, in an order that no machine changes. */
function filesBelow(folder: string): string[] {
    return readdirSync(folder, { withFileTypes: true })
        .filter(({ name }) => !LEFTOVERS.has(name) && !name.endsWith(".egg-info"))
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .flatMap((entry) => {
            const path = join(folder, entry.name);
            return entry.isDirectory() ? filesBelow(path) : [path];
        });
}

function sha256(file: string): string {
    return createHash("sha256").update(readFileSync(file)).digest("hex");
}
