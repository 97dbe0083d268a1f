import type { Cluster } from "../cluster/harness";
import { loseSetting } from "../e2e/support/faults";
import { nodesOf, type Run, type Settings, type TestStack } from "../e2e/support/stack";
import { letTimePass } from "../e2e/support/time";

/** Something that happens in a cluster's life, and that a preview shows. */
export interface Event {
    /** Its place on the page. */
    name: string;
    /** Brings it about, in the program or in the cluster. */
    happen: (stack: TestStack, cluster: Cluster) => Promise<void>;
    /** Shows it; by default `pulumi preview --diff`. */
    show?: (stack: TestStack) => Promise<Run>;
    /** True when a preview shows nothing. */
    empty?: boolean;
    /** False when the change is taken back instead of being made. */
    up?: boolean;
}

const LEAF = "metrics-serving-certificate-certificate";
const CA = "metrics-serving-certificate-ca-1";

/** What the program says all the time. */
export const SETTINGS: Settings = { driftDetection: true };

function rotate(caKeyGenerations: string[], activeCaKeyGeneration: string): Event["happen"] {
    return (stack) => {
        const servingCertificate = { caKeyGenerations, activeCaKeyGeneration };
        return stack.setObject("settings", { ...SETTINGS, servingCertificate });
    };
}

/** Every event of the page, in an order in which each one begins where the one before ended. */
export const EVENTS: Event[] = [
    {
        name: "first-run",
        happen: () => Promise.resolve(),
        show: (stack) => stack.preview(),
    },
    { name: "second-run", happen: () => Promise.resolve(), empty: true },
    {
        name: "node-removed",
        happen: async (stack, cluster) => {
            const nodes = nodesOf(cluster);
            delete nodes["w2"];
            await stack.setNodes(nodes);
        },
    },
    {
        name: "node-added",
        happen: (stack, cluster) => stack.setNodes(nodesOf(cluster)),
    },
    {
        name: "drift",
        happen: (_stack, cluster) => loseSetting(cluster, "w2"),
    },
    { name: "leaf-renewal", happen: (stack) => letTimePass(stack, LEAF) },
    { name: "ca-renewal", happen: (stack) => letTimePass(stack, CA) },
    { name: "ca-key-added", happen: rotate(["1", "2"], "1") },
    { name: "ca-key-switched", happen: rotate(["1", "2"], "2") },
    { name: "ca-key-dropped", happen: rotate(["2"], "2") },
    {
        name: "ssh-user-changed",
        happen: (stack) => stack.setObject("ssh", { user: "root" }),
        up: false,
    },
    {
        name: "destroy",
        happen: (stack, cluster) => stack.setObject("ssh", { user: cluster.sshUser }),
        show: (stack) => stack.previewDestroy(),
        up: false,
    },
];
