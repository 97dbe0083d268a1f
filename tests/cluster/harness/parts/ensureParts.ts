import { join } from "node:path";
import type { ClusterState } from "../state";
import { containerdContent, type ImagePrograms } from "./containerdContent";
import { nodeLayers } from "./nodeLayers";
import { ensurePart, hasPart } from "./part";
import { etcd, kubernetes, metricsServer, pause } from "./programs";
import { rootFileSystem } from "./rootFileSystem";

/** Whether the compiled programs are all there: Go is not needed then. */
export function hasPrograms(): boolean {
    return [kubernetes, etcd, metricsServer, pause].every((part) => hasPart(part));
}

/** Whether the root file system is there: debootstrap is not needed then. */
export function hasRootFileSystem(): boolean {
    return hasPart(rootFileSystem);
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
