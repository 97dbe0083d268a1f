import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { chmod, copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { longStep } from "../host/longStep";

/** A container image around one static program. */
export interface Image {
    reference: string;
    /** The program's file on this machine, and where the image has it. */
    program: string;
    path: string;
    entrypoint?: string[];
    user?: string;
}

const ARCHITECTURES: Partial<Record<NodeJS.Architecture, string>> = {
    x64: "amd64",
    arm64: "arm64",
};
const PASSWD = "root:x:0:0:root:/:/sbin/nologin\nnobody:x:65534:65534:nobody:/:/sbin/nologin\n";

/** Writes images as one archive in the format of `docker save`, which containerd imports. Not compressed: nothing travels. */
export async function writeArchive(images: Image[], work: string, archive: string): Promise<void> {
    const content = join(work, "archive");
    await mkdir(content, { recursive: true });
    const manifest = [];
    for (const image of images) {
        manifest.push(await addImage(image, join(work, "layer"), content));
    }
    await writeFile(join(content, "manifest.json"), JSON.stringify(manifest));
    await tar(content, archive);
    await rm(content, { recursive: true });
}

async function addImage(image: Image, work: string, content: string): Promise<object> {
    const layer = join(work, "layer.tar");
    await fillLayer(image, join(work, "root"));
    await tar(join(work, "root"), layer);
    const digest = await sha256(layer);
    await mkdir(join(content, digest), { recursive: true });
    await rename(layer, join(content, digest, "layer.tar"));
    await rm(work, { recursive: true });
    const config = JSON.stringify({
        architecture: ARCHITECTURES[process.arch],
        os: "linux",
        config: {
            Entrypoint: image.entrypoint,
            User: image.user,
            Env: ["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"],
        },
        rootfs: { type: "layers", diff_ids: [`sha256:${digest}`] },
    });
    const name = `${createHash("sha256").update(config).digest("hex")}.json`;
    await writeFile(join(content, name), config);
    return { Config: name, RepoTags: [image.reference], Layers: [`${digest}/layer.tar`] };
}

async function fillLayer(image: Image, root: string): Promise<void> {
    for (const directory of ["etc", "tmp", dirname(image.path)]) {
        await mkdir(join(root, directory), { recursive: true });
    }
    await chmod(join(root, "tmp"), 0o1777);
    await writeFile(join(root, "etc/passwd"), PASSWD);
    const program = join(root, image.path);
    await copyFile(image.program, program);
    await chmod(program, 0o755);
}

/** The same archive for the same content, whoever makes it and when. */
async function tar(directory: string, archive: string): Promise<void> {
    const same = ["--sort=name", "--owner=0", "--group=0", "--numeric-owner", "--mtime=@0"];
    const what = ["--create", `--file=${archive}`, `--directory=${directory}`, "."];
    await longStep("tar", [...same, "--mode=go-w", ...what]);
}

async function sha256(file: string): Promise<string> {
    const hash = createHash("sha256");
    await pipeline(createReadStream(file), hash);
    return hash.digest("hex");
}
