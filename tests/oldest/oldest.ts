import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REPOSITORY } from "../support/localStack";

/** What is run with the oldest SDKs: all that needs no engine and depends on them. */
const STEPS = ["types", "unit", "test:host"];

/**
 * Runs the tests with the oldest SDKs that package.json allows, in a copy of the checkout: `npm run test:oldest`. The lock file
 * has the newest ones, which is what a new user gets.
 */
function main(): number {
    const copy = mkdtempSync(join(tmpdir(), "sms-oldest-"));
    try {
        copyCheckout(copy);
        const versions = pinOldest(join(copy, "package.json"));
        console.log(`with ${versions.join(", ")}`);
        const installed = npm(copy, ["install", "--no-audit", "--no-fund", "--no-package-lock"]);
        return installed || STEPS.map((step) => npm(copy, ["run", step])).find(Boolean) || 0;
    } finally {
        rmSync(copy, { recursive: true, force: true });
    }
}

/** The files of the checkout as they are now, without what git ignores. */
function copyCheckout(target: string): void {
    const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard"];
    const files = execFileSync("git", list, { cwd: REPOSITORY, encoding: "utf8" });
    for (const file of files.split("\0").filter((name) => name !== "")) {
        cpSync(join(REPOSITORY, file), join(target, file));
    }
}

/** Turns each `^x.y.z` of the dependencies into `x.y.z`. */
function pinOldest(file: string): string[] {
    const manifest = JSON.parse(readFileSync(file, "utf8")) as {
        dependencies: Record<string, string>;
    };
    for (const [name, range] of Object.entries(manifest.dependencies)) {
        manifest.dependencies[name] = range.replace(/^[\^~]/, "");
    }
    writeFileSync(file, JSON.stringify(manifest, undefined, 4));
    return Object.entries(manifest.dependencies).map(([name, version]) => `${name} ${version}`);
}

function npm(cwd: string, args: string[]): number {
    return spawnSync("npm", args, { cwd, stdio: "inherit" }).status ?? 1;
}

process.exitCode = main();
