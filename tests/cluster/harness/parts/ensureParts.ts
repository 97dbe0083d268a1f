import { join } from "node:path";
import type { ClusterState } from "../state";
import { containerdContent, type ImagePrograms } from "./containerdContent";
import { nodeLayers } from "./nodeLayers";
import { ensurePart, hasPart, stepOf, type Part } from "./part";
import { etcd, kubernetes, metricsServer, pause } from "./programs";
import { rootFileSystem } from "./rootFileSystem";

/** Everything that is compiled, in the order in which it is. */
const PROGRAMS = [kubernetes, etcd, metricsServer, pause];

/** Whether the compiled programs are all there: Go is not needed then. */
export function hasPrograms(): boolean {
    return PROGRAMS.every((part) => hasPart(part));
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
export function missingParts(): MissingParts {
    const missing = (part: Part): string[] => (hasPart(part) ? [] : [stepOf(part)]);
    const [beside, programs] = [missing(rootFileSystem), PROGRAMS.flatMap(missing)];
    // What images are made of is part of their recipe, so theirs is not known before.
    const images = beside.length + programs.length > 0 ? ["building containerd"] : [];
    return { beside, serial: [...programs, ...images] };
}

/** Builds what is not there yet of all that nodes are made of. */
export async function ensureParts(): Promise<ClusterState["parts"]> {
    // The one waits for the mirror, the other for the processor.
    const [system, programs] = await Promise.all([ensurePart(rootFileSystem), ensurePrograms()]);
    const layers = await ensurePart(nodeLayers(programs.kubernetes));
    const content = await ensurePart(containerdContent(system, programs));
    const everyNode = [join(layers, "every-node"), system];
    return {
        lowers: {
            worker: everyNode,
            controlPlane: [join(layers, "control-plane"), ...everyNode],
        },
        containerd: join(content, "content"),
        kubectl: join(programs.kubernetes, "kubectl"),
    };
}

/** One after the other: each of them keeps all cores busy. */
async function ensurePrograms(): Promise<ImagePrograms> {
    return {
        kubernetes: await ensurePart(kubernetes),
        etcd: await ensurePart(etcd),
        metricsServer: await ensurePart(metricsServer),
        pause: await ensurePart(pause),
    };
}
