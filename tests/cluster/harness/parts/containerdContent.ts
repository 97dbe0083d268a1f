import { readFileSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { writeFiles } from "../node/disk";
import { boot, execute, makeDisk, powerOff, untilBooted } from "../node/machine";
import { IMAGES } from "../versions";
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
export function containerdContent(rootFileSystem: string, programs: ImagePrograms): Part {
    const images = imagesOf(programs);
    return {
        name: "containerd",
        recipe: [rootFileSystem, images, readFileSync(join(__dirname, "images.ts"), "utf8")],
        build: async (directory, log) => {
            const disk = join(directory, "disk");
            makeDisk(disk);
            writeFiles(join(disk, "upper"));
            await writeArchive(images, join(directory, "work"), join(disk, "upper", "images.tar"));
            const machine = { name: MACHINE, directory: disk, lowers: [rootFileSystem] };
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
    await untilBooted(MACHINE, log, ["containerd.service"]);
    await execute(MACHINE, ["ctr", "--namespace=k8s.io", "images", "import", "/images.tar"], {
        log,
    });
    await execute(MACHINE, ["systemctl", "stop", "containerd"], { log });
}

function imagesOf(programs: ImagePrograms): Image[] {
    const controlPlane = (program: string, reference: string, directory: string): Image => ({
        reference,
        program: join(directory, program),
        path: join("/usr/local/bin", program),
    });
    const { kubernetes } = programs;
    return [
        controlPlane("kube-apiserver", IMAGES.kubeApiserver, kubernetes),
        controlPlane("kube-controller-manager", IMAGES.kubeControllerManager, kubernetes),
        controlPlane("kube-scheduler", IMAGES.kubeScheduler, kubernetes),
        controlPlane("etcd", IMAGES.etcd, programs.etcd),
        {
            reference: IMAGES.pause,
            program: join(programs.pause, "pause"),
            path: "/pause",
            entrypoint: ["/pause"],
            user: "65535:65535",
        },
        {
            reference: IMAGES.metricsServer,
            program: join(programs.metricsServer, "metrics-server"),
            path: "/metrics-server",
            entrypoint: ["/metrics-server"],
            user: "65534",
        },
    ];
}
