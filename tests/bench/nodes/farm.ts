/** A node of the benchmark: one that the SSH server stands in for, or a real one. */
export interface FarmNode {
    name: string;
    controlPlane: boolean;
    host: string;
    port: number;
    hostKey: string;
    /** The address that the node's certificate carries. */
    address: string;
}

/** All nodes of a benchmark, and how to log in. */
export interface Farm {
    nodes: FarmNode[];
    user: string;
    privateKey: string;
    /** Where Kubernetes objects are made; without it they are rendered into a folder. */
    kubeconfig?: string;
    /** Nodes at a time. */
    maxUnavailable: number;
}
