import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const MODULES = join(__dirname, "..", "..", "..", "node_modules");
const PACKAGES = ["@pulumi/pulumi", "@pulumi/command", "@pulumi/kubernetes", "@pulumi/tls"];

/** What was measured with what. */
export function versions(): string {
    const engine = execFileSync("pulumi", ["version"], { encoding: "utf8" }).trim();
    const packages = PACKAGES.map((name) => {
        const { version } = JSON.parse(
            readFileSync(join(MODULES, name, "package.json"), "utf8"),
        ) as { version: string };
        return `${name} ${version}`;
    });
    return [`pulumi ${engine}`, `Node ${process.version}`, ...packages].join(", ");
}
