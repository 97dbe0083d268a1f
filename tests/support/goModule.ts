import { goEnvironment } from "../cluster/harness/parts/goEnvironment";
import * as mainModule from "../cluster/harness/parts/mainModule";
import { run } from "../cluster/harness/run";

/** Runs go in a folder; nothing but modules is downloaded. Needs no root and no control group, unlike the parts of a cluster. */
export async function go(folder: string, ...words: string[]): Promise<string> {
    const { stdout } = await run("go", words, { cwd: folder, env: goEnvironment() });
    return stdout;
}

/** Makes of a folder a throw-away main module that requires the given one. */
export function writeMainModule(folder: string, module: mainModule.ModuleVersion): Promise<void> {
    return mainModule.writeMainModule(folder, module, (words) => go("/", ...words));
}
