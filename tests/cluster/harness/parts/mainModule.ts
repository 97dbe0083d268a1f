import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";

/** A version of a Go module. */
export interface ModuleVersion {
    path: string;
    version: string;
}

/** Runs go anywhere and answers with what it prints. */
export type RunGo = (words: string[]) => Promise<string>;

/** What `go mod edit -json` prints of a module's own go.mod, as far as it is used here. */
interface ModuleFile {
    Go: string;
    Replace: { Old: { Path: string }; New: { Path: string } }[] | null;
}

/** The modules that a repository keeps in folders of its own. */
interface StagingModules {
    /** Which Go it asks for. */
    go: string;
    published: string[];
    /** Samples, which no program needs. They are not published for every release; an empty module takes the place of each. */
    empty: string[];
}

/** Makes of a folder a throw-away main module that requires the given one. */
export async function writeMainModule(
    folder: string,
    module: ModuleVersion,
    go: RunGo,
): Promise<void> {
    const staging = stagingModules(await moduleFile(module, go));
    writeFileSync(join(folder, "go.mod"), mainModule(module, staging));
    staging.empty.forEach((path) => {
        makeEmptyModule(join(folder, emptyFolder(path)), path);
    });
}

async function moduleFile({ path, version }: ModuleVersion, go: RunGo): Promise<ModuleFile> {
    const download = await go(["mod", "download", "-json", `${path}@${version}`]);
    const { GoMod: file } = JSON.parse(download) as { GoMod: string };
    return JSON.parse(await go(["mod", "edit", "-json", file])) as ModuleFile;
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
 * It has the same Go version, as that decides how programs behave. Kubernetes' repository keeps some of its modules in folders,
 * as version 0.0.0, which is not published: they are replaced by the ones that are, and required, so that they are known by the
 * version that they have.
 */
function mainModule(module: ModuleVersion, { go, published, empty }: StagingModules): string {
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
