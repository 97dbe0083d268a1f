import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../../cluster/harness";
import { run } from "../../cluster/harness/run";
import { go } from "../../support/goModule";
import { importArchive } from "./nodeImages";

const SOURCE = join(__dirname, "consumer", "main.go");
const ARCHITECTURE = { x64: "amd64", arm64: "arm64" } as Record<string, string>;

/** Gives every node an image of this name, in which our own program stands for those that the suite starts. */
export async function importConsumer(cluster: Cluster, image: string): Promise<void> {
    await importArchive(cluster, await archiveOf(image));
}

/** An image in the format of `docker save`. */
async function archiveOf(reference: string): Promise<Buffer> {
    const folder = mkdtempSync(join(tmpdir(), "consumer-"));
    try {
        await fill(join(folder, "root"));
        mkdirSync(join(folder, "image"));
        const layer = join(folder, "image", "layer.tar");
        await tar(join(folder, "root"), layer);
        const digest = createHash("sha256").update(readFileSync(layer)).digest("hex");
        const config = {
            architecture: ARCHITECTURE[process.arch],
            os: "linux",
            config: { Env: ["PATH=/bin"] },
            rootfs: { type: "layers", diff_ids: [`sha256:${digest}`] },
        };
        const manifest = [{ Config: "config.json", RepoTags: [reference], Layers: ["layer.tar"] }];
        writeFileSync(join(folder, "image", "config.json"), JSON.stringify(config));
        writeFileSync(join(folder, "image", "manifest.json"), JSON.stringify(manifest));
        await tar(join(folder, "image"), join(folder, "archive.tar"));
        return readFileSync(join(folder, "archive.tar"));
    } finally {
        rmSync(folder, { recursive: true });
    }
}

/** The program under both of the names by which the suite starts it. */
async function fill(root: string): Promise<void> {
    for (const directory of ["bin", "consume-cpu"])
        mkdirSync(join(root, directory), { recursive: true });
    const program = join(root, "consume-cpu", "consume-cpu");
    await go("/", "build", "-trimpath", "-ldflags=-s -w", "-o", program, SOURCE);
    symlinkSync("/consume-cpu/consume-cpu", join(root, "bin", "stress"));
}

async function tar(directory: string, archive: string): Promise<void> {
    const owner = ["--owner=0", "--group=0", "--numeric-owner"];
    await run("tar", ["--create", `--file=${archive}`, `--directory=${directory}`, ...owner, "."]);
}
