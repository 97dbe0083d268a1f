import type { CsrApprovalArgs, NodeArgs, OnRemove, SshArgs } from "./nodeArgs";

/** The nodes and how they are changed. Shared by KubeletServingCertificates and SecureMetricsServer. */
export interface NodesArgs {
    /**
     * The nodes, keyed by the name of their Node object. A plain map: which nodes there are has to be known in a preview,
     * while hosts, host keys and addresses may be outputs of other resources.
     */
    nodes: Record<string, NodeArgs>;
    /** How to log in to the nodes; each node can override each setting. By default as `root`, with an SSH agent. */
    ssh?: SshArgs;
    /** How the kubelets' certificate signing requests are approved. By default by a script on the control-plane nodes. */
    csrApproval?: CsrApprovalArgs;
    /** Workers that are changed at the same time after the first one, from 1 on. Defaults to 1. Control planes always go one by one. */
    maxUnavailable?: number;
    /** What happens on a node that leaves `nodes`, and on all of them on destroy. Defaults to `retain`. */
    onRemove?: OnRemove;
    /**
     * Whether previews and runs look at every node and every approver, and in SecureMetricsServer whether the metrics API
     * answers, over SSH and read-only, and show what drifted as a change of that command's `update`. Defaults to false:
     * `pulumi refresh` never looks at nodes. A node that cannot be reached is a warning.
     */
    driftDetection?: boolean;
}
