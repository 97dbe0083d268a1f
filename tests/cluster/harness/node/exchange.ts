import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { imagesOf } from "../parts/containerdContent";
import type { Programs } from "../parts/ensureParts";
import { type Image, writeArchive } from "../parts/images";
import { PROGRAM_FOLDER } from "../parts/nodeLayers";
import { nodeLog, STATE_DIRECTORY } from "../paths";
import type { NodeRecord } from "../state";
import { kubernetesImages } from "../versions";
import type { NodeVersions } from "./disk";
import { execute } from "./machine";

/** As a package does it: whatever runs goes on with the old file, and nobody ever finds half of the new one. */
const REPLACE = 'umask 022; cat >"$1.new"; chmod 755 "$1.new"; mv "$1.new" "$1"';

/** Puts programs of a folder of this machine in the place of those that a running node has. */
export async function exchangePrograms(
    { name }: NodeRecord,
    folder: string,
    programs: readonly string[],
): Promise<void> {
    for (const program of programs) {
        const target = join(PROGRAM_FOLDER, program);
        await execute(name, ["sh", "-euc", REPLACE, "sh", target], {
            inputFile: join(folder, program),
        });
    }
}

/**
 * Gives running nodes the images of other versions, beside those that they have: all of a control plane's, and on workers the
 * one that the pod of kubeadm's own check may need there.
 */
export async function addImages(
    nodes: NodeRecord[],
    versions: NodeVersions,
    programs: Programs,
): Promise<void> {
    const { pause } = kubernetesImages(versions.kubernetes);
    const all = imagesOf(versions, programs);
    const small = all.filter(({ reference }) => reference === pause);
    const isControlPlane = ({ role }: NodeRecord): boolean => role === "controlPlane";
    await importImages(nodes.filter(isControlPlane), all);
    await importImages(
        nodes.filter((node) => !isControlPlane(node)),
        small,
    );
}

async function importImages(nodes: NodeRecord[], images: Image[]): Promise<void> {
    const work = join(STATE_DIRECTORY, "images");
    mkdirSync(work, { recursive: true });
    try {
        const archive = join(work, "images.tar");
        await writeArchive(images, work, archive);
        for (const { name } of nodes) {
            await execute(name, ["ctr", "--namespace=k8s.io", "images", "import", "-"], {
                inputFile: archive,
                log: nodeLog(name),
            });
        }
    } finally {
        rmSync(work, { recursive: true });
    }
}
