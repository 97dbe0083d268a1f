import { copyFileSync, cpSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { longStep } from "../../cluster/harness/host/longStep";
import { goEnvironment } from "../../cluster/harness/parts/goEnvironment";
import { writeArchive } from "../../cluster/harness/parts/images";
import { writeMainModule } from "../../cluster/harness/parts/mainModule";
import type { Part } from "../../cluster/harness/parts/part";

const MODULE = { path: "github.com/cert-manager/cert-manager", version: "v1.21.2" };
const SOURCE = join(__dirname, "program", "main.go");
const FLAGS = ["-mod=mod", "-trimpath", "-ldflags", "-s -w"];

export const VERSION = MODULE.version;
/** What containers run: the controller or cainjector, as the first argument says. */
export const IMAGE = `example.test/cert-manager:${VERSION}`;
/** Below the part's folder: an image as `docker save` writes it, and the definitions of cert-manager's objects. */
export const ARCHIVE = "image.tar";
export const DEFINITIONS = "definitions";

/** cert-manager's controller and cainjector, compiled once and kept. */
export const certManager: Part = {
    name: `cert-manager-${VERSION.slice(1)}`,
    recipe: [MODULE, FLAGS, readFileSync(SOURCE, "utf8"), process.arch],
    build: async (directory, log) => {
        const work = join(directory, "module");
        mkdirSync(work);
        const go = async (words: string[], cwd = "/"): Promise<string> =>
            (await longStep("go", words, { env: goEnvironment(), cwd })).stdout;
        await writeMainModule(work, MODULE, go);
        copyFileSync(SOURCE, join(work, "main.go"));
        const program = join(work, "cert-manager");
        const options = { env: goEnvironment(), cwd: work, log };
        await longStep("go", ["build", ...FLAGS, "-o", program, "."], options);
        const download = await go(["mod", "download", "-json", `${MODULE.path}@${VERSION}`]);
        const { Dir: source } = JSON.parse(download) as { Dir: string };
        cpSync(join(source, "deploy", "crds"), join(directory, DEFINITIONS), { recursive: true });
        const path = "/cert-manager";
        const image = { reference: IMAGE, program, path, entrypoint: [path], user: "65534" };
        await writeArchive([image], work, join(directory, ARCHIVE));
        rmSync(work, { recursive: true });
    },
};
