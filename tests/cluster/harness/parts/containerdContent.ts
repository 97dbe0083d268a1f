import { readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type NodeVersions, writeFiles } from "../node/disk";
import { boot, CONTAINERD, execute, makeDisk, powerOff, untilBooted } from "../node/machine";
import { longStep } from "../host/longStep";
import { KUBERNETES, kubernetesImages, METRICS_SERVER_IMAGE } from "../versions";
import { type Image, writeArchive } from "./images";
import type { Part } from "./part";

/** The machine that imports the images is no node of any cluster. */
const MACHINE = "images";

/** Where the programs are that the images are made of. */
export interface ImagePrograms {
    kubernetes: string;
    etcd: string;
    metricsServer: string;
    pause: string;
}

/**
 * What a node's /var/lib/containerd holds, with all images imported and unpacked: done once, by a containerd that runs as it
 * does on a node, instead of on every node and each time.
 */
export function containerdContent(
    versions: NodeVersions,
    lowers: string[],
    programs: ImagePrograms,
): Part {
    const images = imagesOf(versions, programs);
    return {
        name: `images-${KUBERNETES[versions.kubernetes].version}`,
        recipe: [lowers, images, readFileSync(join(__dirname, "images.ts"), "utf8")],
        build: async (directory, log) => {
            await checkNames(versions, programs);
            const disk = join(directory, "disk");
            makeDisk(disk);
            writeFiles(join(disk, "upper"), versions);
            await writeArchive(images, join(directory, "work"), join(disk, "upper", "images.tar"));
            const machine = { name: MACHINE, directory: disk, lowers };
            try {
                await boot(machine, log, () => Promise.resolve());
                await importArchive(log);
            } finally {
                await powerOff(MACHINE);
            }
            renameSync(join(disk, "containerd"), join(directory, "content"));
            rmSync(disk, { recursive: true });
            rmSync(join(directory, "work"), { recursive: true, force: true });
        },
    };
}

async function importArchive(log: string): Promise<void> {
    await untilBooted(MACHINE, log, [CONTAINERD]);
    await execute(MACHINE, ["ctr", "--namespace=k8s.io", "images", "import", "/images.tar"], {
        log,
    });
    await execute(MACHINE, ["systemctl", "stop", "containerd"], { log });
}

/** Finds out now, and not by a pod that wants to pull, whether kubeadm asks for other images than are made here. */
async function checkNames({ kubernetes }: NodeVersions, programs: ImagePrograms): Promise<void> {
    const version = `--kubernetes-version=v${KUBERNETES[kubernetes].version}`;
    const kubeadm = join(programs.kubernetes, "kubeadm");
    const { stdout } = await longStep(kubeadm, ["config", "images", "list", version]);
    const asked = stdout.trim().split("\n");
    const wrong = Object.values<string>({ ...kubernetesImages(kubernetes) }).filter(
        (name) => !asked.includes(name),
    );
    if (wrong.length > 0) {
        throw new Error(
            `versions.ts has ${wrong.join(", ")}; kubeadm asks for ${asked.join(", ")}`,
        );
    }
}

/** The images that the nodes have, in the order of their names' table; metrics-server's comes last. */
export function imagesOf(versions: NodeVersions, programs: ImagePrograms): Image[] {
    const names = kubernetesImages(versions.kubernetes);
    const controlPlane = (program: string, reference: string, directory: string): Image => ({
        reference,
        program: join(directory, program),
        path: join("/usr/local/bin", program),
    });
    const { kubernetes } = programs;
    return [
        controlPlane("kube-apiserver", names.kubeApiserver, kubernetes),
        controlPlane("kube-controller-manager", names.kubeControllerManager, kubernetes),
        controlPlane("kube-scheduler", names.kubeScheduler, kubernetes),
        controlPlane("etcd", names.etcd, programs.etcd),
        {
            reference: names.pause,
            program: join(programs.pause, "pause"),
            path: "/pause",
            entrypoint: ["/pause"],
            user: "65535:65535",
        },
        {
            reference: METRICS_SERVER_IMAGE,
            program: join(programs.metricsServer, "metrics-server"),
            path: "/metrics-server",
            entrypoint: ["/metrics-server"],
            user: "65534",
        },
    ];
}
