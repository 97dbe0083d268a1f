import { linkSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Role } from "../state";
import type { Part } from "./part";

/** Kubernetes' programs on a node, by who has them: kubectl is on control planes only. */
const PROGRAMS = {
    "every-node": ["kubelet", "kubeadm", "kube-proxy"],
    "control-plane": ["kubectl"],
};

/** Where they are on a node. */
export const PROGRAM_FOLDER = "/usr/bin";

/** Kubernetes' programs on a node with this role. */
export function programsOn(role: Role): string[] {
    return [
        ...PROGRAMS["every-node"],
        ...(role === "controlPlane" ? PROGRAMS["control-plane"] : []),
    ];
}

/** Layers for the nodes' root file systems, in folders of these names, with Kubernetes' programs in /usr/bin. */
export function nodeLayers(kubernetes: string): Part {
    return {
        name: "node-layers",
        recipe: [kubernetes, PROGRAMS],
        build: (directory) => {
            for (const [layer, programs] of Object.entries(PROGRAMS)) {
                const target = join(directory, layer, PROGRAM_FOLDER);
                mkdirSync(target, { recursive: true });
                for (const program of programs) {
                    linkSync(join(kubernetes, program), join(target, program));
                }
            }
            return Promise.resolve();
        },
    };
}
