import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(__dirname, "..", "..");

/** Everything that a tarball may have. */
const ALLOWED = [
    /^(CHANGELOG\.md|LICENSE|README\.md|PulumiPlugin\.yaml|index\.ts|package\.json|schema\.json|tsconfig\.json)$/,
    /^(components\/[a-z-]+|plugin)\/[A-Za-z]+\.ts$/,
    /^components\/scripts\/[a-z-]+\/[a-z-]+\.(sh|awk)$/,
    /^bin\/(index|(components\/[a-z-]+|plugin)\/[A-Za-z]+)\.(js|js\.map|d\.ts)$/,
];

describe("the tarball that npm packs", () => {
    let files: string[];

    before(() => {
        const pack = ["pack", "--dry-run", "--json", "--ignore-scripts"];
        const text = execFileSync("npm", pack, {
            cwd: ROOT,
            encoding: "utf8",
            stdio: ["ignore", "pipe", "ignore"],
        });
        const [packed] = JSON.parse(text) as { files: { path: string }[] }[];
        files = (packed?.files ?? []).map(({ path }) => path);
    });

    it("has nothing but the package: no tests, no secrets, no left-overs of a build", () => {
        const others = files.filter((file) => !ALLOWED.some((pattern) => pattern.test(file)));
        assert.deepEqual(others, []);
    });

    it("has what the plugin host needs, and what a reader needs", () => {
        for (const file of [
            "CHANGELOG.md",
            "LICENSE",
            "README.md",
            "PulumiPlugin.yaml",
            "index.ts",
            "package.json",
            "schema.json",
            "tsconfig.json",
            "bin/index.js",
            "bin/index.d.ts",
        ]) {
            assert.ok(files.includes(file), file);
        }
    });

    it("has every source with its compiled code, and every script that git knows", () => {
        const known = execFileSync("git", ["ls-files", "index.ts", "components", "plugin"], {
            cwd: ROOT,
            encoding: "utf8",
        })
            .split("\n")
            .filter((file) => file !== "" && existsSync(join(ROOT, file)));
        assert.ok(known.length > 40);
        for (const file of known) {
            assert.ok(files.includes(file), file);
            if (file.endsWith(".ts")) {
                assert.ok(
                    files.includes(`bin/${file.replace(/\.ts$/, ".js")}`),
                    `bin of ${file} is missing; next: npm run build`,
                );
            }
        }
    });

    it("has no compiled code whose source is gone", () => {
        for (const file of files.filter((name) => name.endsWith(".js"))) {
            const source = file.replace(/^bin\//, "").replace(/\.js$/, ".ts");
            assert.ok(files.includes(source), `${file} has no source; remove bin and build again`);
        }
    });
});
