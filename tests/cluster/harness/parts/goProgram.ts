import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../run";
import { buildStep } from "./part";

/** A Go module to build programs from. */
export interface GoModule {
    path: string;
    version: string;
    /** Packages of the module, each a program. */
    programs: string[];
    ldflags: string;
}

/** What makes the programs what they are. */
export const BUILD_FLAGS = ["-mod=mod", "-trimpath"];

/** No cgo: the programs run in images that hold nothing else. No other toolchain: nothing is downloaded but modules. */
export function goEnvironment(): NodeJS.ProcessEnv {
    return { ...process.env, CGO_ENABLED: "0", GOTOOLCHAIN: "local" };
}

/** Builds programs of a module into `directory`, from a throw-away main module that requires it. */
export async function buildPrograms(
    module: GoModule,
    goMod: string,
    directory: string,
    log: string,
): Promise<void> {
    const work = join(directory, "module");
    mkdirSync(work);
    writeFileSync(join(work, "go.mod"), goMod);
    const env = goEnvironment();
    const packages = module.programs.map((program) => `${module.path}/${program}`);
    const flags = [...BUILD_FLAGS, "-ldflags", module.ldflags, "-o", `${directory}/`];
    await buildStep("go", ["build", ...flags, ...packages], { cwd: work, env, log });
    rmSync(work, { recursive: true });
}

/** The names of the staging modules that a module's own go.mod replaces by folders of its repository. */
export async function stagingModules(path: string, version: string): Promise<string[]> {
    const { stdout } = await run("go", ["mod", "download", "-json", `${path}@${version}`], {
        env: goEnvironment(),
        cwd: "/",
    });
    const { GoMod: file } = JSON.parse(stdout) as { GoMod: string };
    const edit = await run("go", ["mod", "edit", "-json", file], { env: goEnvironment() });
    const { Replace: replace } = JSON.parse(edit.stdout) as GoModFile;
    return (replace ?? [])
        .filter(({ New }) => New.Path.startsWith("./staging/"))
        .map(({ Old }) => Old.Path)
        .sort();
}

/** What `go mod edit -json` prints, as far as it is used here. */
interface GoModFile {
    Replace?: { Old: { Path: string }; New: { Path: string } }[];
}
