import { mkdirSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { goEnvironment } from "../cluster/harness/parts/goEnvironment";
import { run } from "../cluster/harness/run";

/** Somebody else's Go module, from which or against which something is built. */
export interface GoModule {
    path: string;
    version: string;
}

/** What `go mod edit -json` prints of a go.mod, as far as it is used here. */
interface ModuleFile {
    Go: string;
    Replace: { Old: { Path: string }; New: { Path: string } }[] | null;
}

/** Runs go in a folder; nothing but modules is downloaded. */
export async function go(folder: string, ...words: string[]): Promise<string> {
    const { stdout } = await run("go", words, { cwd: folder, env: goEnvironment() });
    return stdout;
}

/**
 * Writes into a folder the go.mod of a main module that requires the given one, with the same Go version. Modules that it keeps
 * in folders of its own are taken as they are published; Kubernetes' samples, which nothing needs and which are not always
 * published, become empty modules.
 */
export async function writeMainModule(folder: string, module: GoModule): Promise<void> {
    const wanted = `${module.path}@${module.version}`;
    const download = await go("/", "mod", "download", "-json", wanted);
    const { GoMod: file } = JSON.parse(download) as { GoMod: string };
    const { Go, Replace } = JSON.parse(await go("/", "mod", "edit", "-json", file)) as ModuleFile;
    const staging = (Replace ?? [])
        .filter((replace) => replace.New.Path.startsWith("./staging/"))
        .map((replace) => replace.Old.Path);
    const samples = staging.filter((path) => basename(path).startsWith("sample-"));
    const published = staging.filter((path) => !samples.includes(path));
    for (const path of samples) {
        mkdirSync(join(folder, basename(path)));
        writeFileSync(join(folder, basename(path), "go.mod"), `module ${path}\n`);
    }
    const version = module.version.replace(/^v1\./, "v0.");
    const lines = [
        "module example.test/throwaway",
        `go ${Go}`,
        `require ${module.path} ${module.version}`,
        ...published.map((path) => `require ${path} ${version}`),
        ...published.map((path) => `replace ${path} => ${path} ${version}`),
        ...samples.map((path) => `replace ${path} => ./${basename(path)}`),
    ];
    writeFileSync(join(folder, "go.mod"), `${lines.join("\n")}\n`);
}
