import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { REPOSITORY } from "../../support/localStack";

const MODULES = join(REPOSITORY, "node_modules");
const NAME = "secure-metrics-server";

/** What this checkout lacks to build the package of an earlier commit, in plain words. Empty when it can. */
export function historyRequirements(commit: string): string[] {
    const found = spawnSync("git", ["cat-file", "-e", `${commit}^{commit}`], { cwd: REPOSITORY });
    return found.status === 0
        ? []
        : [
              `the commit ${commit} is not in this checkout; fetch the whole history: git fetch --unshallow`,
          ];
}

/** The package as it was at a commit, compiled, in a folder of its own. */
export function packageOf(commit: string): string {
    const folder = mkdtempSync(join(tmpdir(), "sms-earlier-"));
    const archive = execFileSync("git", ["archive", commit], {
        cwd: REPOSITORY,
        maxBuffer: 256 * 1024 * 1024,
    });
    execFileSync("tar", ["-x", "-C", folder], { input: archive });
    symlinkSync(MODULES, join(folder, "node_modules"));
    execFileSync(join(MODULES, ".bin", "tsc"), ["-p", "tsconfig.json"], { cwd: folder });
    return folder;
}

/** Gives a program this folder as the package, and all else as it is in this repository. */
export function usePackage(program: string, folder: string): void {
    const modules = join(program, "node_modules");
    rmSync(modules, { force: true, recursive: true });
    mkdirSync(modules);
    for (const name of readdirSync(MODULES).filter((each) => each !== NAME)) {
        symlinkSync(join(MODULES, name), join(modules, name));
    }
    symlinkSync(folder, join(modules, NAME));
}
