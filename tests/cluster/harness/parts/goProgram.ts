import { mkdirSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { longStep } from "../host/longStep";
import { goEnvironment } from "./goEnvironment";
import { say } from "../progress";
import { writeMainModule, type ModuleVersion } from "./mainModule";
import type { Part } from "./part";
import { downloadRelease } from "./releases";

/** A Go module to build programs from. */
export interface GoModule extends ModuleVersion {
    /** The programs: the name of each, and its package below the module's path. */
    programs: Record<string, string>;
    /** Variables that are set at link time, by which programs know their version. */
    variables: Record<string, string>;
    /** Where the programs go below the part's directory; right there when undefined. */
    folder?: string;
}

/** What makes the programs what they are, besides their source. */
const FLAGS = ["-mod=mod", "-trimpath"];

/** The programs of a module as a part. With `released`, those of the release itself are taken where they can be reached. */
export function goPrograms(
    name: string,
    module: GoModule,
    { released = false }: { released?: boolean } = {},
): Part {
    return {
        name: `${name}-${module.version.slice(1)}`,
        recipe: [module, FLAGS],
        build: async (directory, log) => {
            if (released) {
                const programs = Object.keys(module.programs);
                const why = await downloadRelease(module.version, programs, directory);
                if (why === undefined) return;
                say(`no download of ${name} ${module.version}, so it is compiled: ${why}`);
            }
            await build(module, directory, log);
        },
    };
}

async function build(module: GoModule, directory: string, log: string): Promise<void> {
    const work = join(directory, "module");
    mkdirSync(work);
    await writeMainModule(work, module, async (words) => {
        const { stdout } = await longStep("go", words, { env: goEnvironment(), cwd: "/" });
        return stdout;
    });
    const target = join(directory, module.folder ?? "");
    mkdirSync(target, { recursive: true });
    const set = Object.entries(module.variables).map(([name, value]) => ` -X ${name}=${value}`);
    const packages = Object.values(module.programs).map((path) => join(module.path, path));
    const flags = [...FLAGS, "-ldflags", `-s -w${set.join("")}`, "-o", `${target}/`];
    const options = { cwd: work, env: goEnvironment(), log };
    await longStep("go", ["build", ...flags, ...packages], options);
    rmSync(work, { recursive: true });
    for (const [name, path] of Object.entries(module.programs)) {
        renameSync(join(target, programName(join(module.path, path))), join(target, name));
    }
}

/** As `go build` calls it: the last element of the path that is not a version. */
function programName(path: string): string {
    return basename(path.replace(/\/v[0-9]+$/, ""));
}
