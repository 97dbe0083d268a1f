import { mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { longStep } from "../host/longStep";
import { goEnvironment } from "./goEnvironment";
import { say } from "../progress";
import type { Part } from "./part";
import { downloadRelease } from "./releases";

/** A Go module to build programs from. */
export interface GoModule {
    path: string;
    version: string;
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
    const staging = stagingModules(await moduleFile(module));
    writeFileSync(join(work, "go.mod"), mainModule(module, staging));
    staging.empty.forEach((path) => {
        makeEmptyModule(join(work, emptyFolder(path)), path);
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

/** What `go mod edit -json` prints of a module's own go.mod, as far as it is used here. */
interface ModuleFile {
    Go: string;
    Replace: { Old: { Path: string }; New: { Path: string } }[] | null;
}

async function moduleFile({ path, version }: GoModule): Promise<ModuleFile> {
    const env = goEnvironment();
    const wanted = `${path}@${version}`;
    const download = await longStep("go", ["mod", "download", "-json", wanted], { env, cwd: "/" });
    const { GoMod: file } = JSON.parse(download.stdout) as { GoMod: string };
    const { stdout } = await longStep("go", ["mod", "edit", "-json", file], { env });
    return JSON.parse(stdout) as ModuleFile;
}

/** The modules that a repository keeps in folders of its own. */
interface StagingModules {
    /** Which Go it asks for. */
    go: string;
    published: string[];
    /** Samples, which no program needs. They are not published for every release; an empty module takes the place of each. */
    empty: string[];
}

function stagingModules({ Go, Replace }: ModuleFile): StagingModules {
    const paths = (Replace ?? [])
        .filter((replace) => replace.New.Path.startsWith("./staging/"))
        .map((replace) => replace.Old.Path)
        .sort();
    const isSample = (path: string): boolean => basename(path).startsWith("sample-");
    return {
        go: Go,
        published: paths.filter((path) => !isSample(path)),
        empty: paths.filter(isSample),
    };
}

/**
 * A throw-away main module that requires the one to build, with the same Go version, as that decides how programs behave.
 * Kubernetes' repository keeps some of its modules in folders, as version 0.0.0, which is not published: they are replaced by
 * the ones that are, and required, so that they are known by the version that they have.
 */
function mainModule(module: GoModule, { go, published, empty }: StagingModules): string {
    const staging = module.version.replace(/^v1\./, "v0.");
    return [
        "module example.test/cluster",
        `go ${go}`,
        `require ${module.path} ${module.version}`,
        ...published.map((path) => `require ${path} ${staging}`),
        ...published.map((path) => `replace ${path} => ${path} ${staging}`),
        ...empty.map((path) => `replace ${path} => ${emptyFolder(path)}`),
        "",
    ].join("\n");
}

function emptyFolder(path: string): string {
    return `./empty/${basename(path)}`;
}

function makeEmptyModule(folder: string, path: string): void {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "go.mod"), `module ${path}\n`);
}
