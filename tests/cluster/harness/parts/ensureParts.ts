import { join } from "node:path";
import { hardWayLayers } from "../hardWay/layers";
import { complete } from "../options";
import type { ClusterOptions, ClusterState } from "../state";
import { containerdContent, type ImagePrograms } from "./containerdContent";
import { nodeLayers } from "./nodeLayers";
import { ensurePart, hasPart, type Part, stepOf } from "./part";
import { containerd, etcd, kubernetes, metricsServer, pause } from "./programs";
import { rootFileSystem } from "./rootFileSystem";

type Lowers = ClusterState["parts"]["lowers"];

/** Whether the compiled programs are all there: Go is not needed then. */
export function hasPrograms(options: ClusterOptions): boolean {
    return programsOf(options).every((part) => hasPart(part));
}

/** Whether the root file system is there: debootstrap is not needed then. */
export function hasRootFileSystem(): boolean {
    return hasPart(rootFileSystem);
}

/** What has to be built here, by what it is called while it is. */
export interface MissingParts {
    /** Waits for the mirror, beside the others. */
    beside: string[];
    /** One after the other. */
    serial: string[];
}

/** What `ensureParts` has to build. */
export function missingParts(asked: Partial<ClusterOptions> = {}): MissingParts {
    const missing = (part: Part): string[] => (hasPart(part) ? [] : [stepOf(part)]);
    const programs = programsOf(complete(asked)).flatMap(missing);
    const beside = missing(rootFileSystem);
    // What images are made of is part of their recipe, so theirs is not known before.
    const images = beside.length + programs.length > 0 ? ["building images"] : [];
    return { beside, serial: [...programs, ...images] };
}

/** Builds what is not there yet of all that the nodes of such a cluster are made of. */
export async function ensureParts(options: ClusterOptions): Promise<ClusterState["parts"]> {
    // The one waits for the mirror, the other for the processor.
    const [system, programs] = await Promise.all([
        ensurePart(rootFileSystem),
        ensurePrograms(options),
    ]);
    const base = [...programs.containerd, system];
    const content = await ensurePart(containerdContent(options, base, programs));
    return {
        lowers:
            options.hardWay === undefined
                ? await kubeadmLowers(base, programs)
                : await hardWayLowers(system, programs),
        containerd: join(content, "content"),
        kubectl: join(programs.kubernetes, "kubectl"),
    };
}

/** The programs of the images, and the layer with containerd, if it is not Debian's. */
export type Programs = ImagePrograms & { containerd: string[] };

/** All that is compiled for such a cluster. */
export function programsOf({ kubernetes: minor, containerd: major }: ClusterOptions): Part[] {
    const always = [kubernetes(minor), etcd(minor), metricsServer, pause(minor)];
    return major === 2 ? [...always, containerd] : always;
}

async function kubeadmLowers(base: string[], { kubernetes }: Programs): Promise<Lowers> {
    const layers = await ensurePart(nodeLayers(kubernetes));
    const everyNode = [join(layers, "every-node"), ...base];
    return {
        worker: everyNode,
        controlPlane: [join(layers, "control-plane"), ...everyNode],
    };
}

/** A control plane runs no containers. */
async function hardWayLowers(system: string, programs: Programs): Promise<Lowers> {
    const layers = await ensurePart(hardWayLayers(programs));
    return {
        worker: [join(layers, "worker"), ...programs.containerd, system],
        controlPlane: [join(layers, "controlPlane"), system],
    };
}

/** Builds what is not there yet of the programs. One after the other: each of them keeps all cores busy. */
export async function ensurePrograms(options: ClusterOptions): Promise<Programs> {
    const layers = [];
    if (options.containerd === 2) {
        layers.push(await ensurePart(containerd));
    }
    return {
        kubernetes: await ensurePart(kubernetes(options.kubernetes)),
        etcd: await ensurePart(etcd(options.kubernetes)),
        metricsServer: await ensurePart(metricsServer),
        pause: await ensurePart(pause(options.kubernetes)),
        containerd: layers,
    };
}
