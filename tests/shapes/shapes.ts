import type { UpOptions } from "../cluster/harness/up";
import type { Settings } from "../e2e/support/stack";

/** A kind of cluster that the same promises are shown on. */
export interface Shape {
    /** What the table calls it. */
    name: string;
    cluster: UpOptions;
    /** Arguments of the component that this kind of cluster needs. None is best. */
    settings?: Settings;
}

/** Every kind of cluster, the default one first. */
export const SHAPES: readonly Shape[] = [
    { name: "Kubernetes 1.37", cluster: { kubernetes: "1.37" } },
    { name: "Kubernetes 1.36", cluster: { kubernetes: "1.36" } },
    { name: "Kubernetes 1.35", cluster: { kubernetes: "1.35" } },
    { name: "Kubernetes 1.34, containerd 1.6", cluster: { kubernetes: "1.34", containerd: 1 } },
    { name: "three control planes", cluster: { controlPlanes: 3, workers: 1 } },
    { name: "dual stack", cluster: { ipFamily: "dual" } },
    { name: "IPv6 only", cluster: { ipFamily: "ipv6" } },
    { name: "nodes that are not called as their hosts", cluster: { nodeNames: "other" } },
    { name: "nodes with an ExternalIP first", cluster: { firstAddress: "ExternalIP" } },
];
