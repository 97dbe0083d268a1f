import { linkSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Part } from "../parts/part";
import type { Role } from "../state";

/** Whose programs a host has, by the part that they are built of. */
const PROGRAMS: Record<Role, { kubernetes: string[]; etcd: string[] }> = {
    controlPlane: {
        kubernetes: ["kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"],
        etcd: ["etcd"],
    },
    worker: { kubernetes: ["kubelet", "kube-proxy"], etcd: [] },
};

/** Layers for root file systems, in folders named after the roles, with the programs in /usr/local/bin. */
export function hardWayLayers(parts: { kubernetes: string; etcd: string }): Part {
    return {
        name: "hard-way-layers",
        recipe: [parts.kubernetes, parts.etcd, PROGRAMS],
        build: (directory) => {
            for (const [role, programs] of Object.entries(PROGRAMS)) {
                const target = join(directory, role, "usr/local/bin");
                mkdirSync(target, { recursive: true });
                for (const name of programs.kubernetes) {
                    linkSync(join(parts.kubernetes, name), join(target, name));
                }
                for (const name of programs.etcd) {
                    linkSync(join(parts.etcd, name), join(target, name));
                }
            }
            return Promise.resolve();
        },
    };
}
