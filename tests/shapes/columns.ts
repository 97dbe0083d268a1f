/** The columns of docs/clusters.md, in order. The first one says which line it is. */
export const COLUMNS = [
    "cluster",
    "Kubernetes",
    "container runtime",
    "nodes",
    "first `up`",
    "names in a worker's certificate",
    "second `up`",
    "drift",
    "hostile requests",
    "`destroy`",
] as const;
