import type { NodeAddressType } from "../nodes/addressTypes";
import type { CsrApprovalArgs, NodeArgs, SshArgs } from "../nodes/nodeArgs";

/** Arguments of ClusterPreflight. Those that SecureMetricsServer has, too, mean the same. */
export interface ClusterPreflightArgs {
    /**
     * The nodes, keyed by the name of their Node object, with at least one control plane. A plain map: which nodes there are
     * has to be known in a preview, while hosts, host keys and addresses may be outputs of other resources.
     */
    nodes: Record<string, NodeArgs>;
    /** How to log in to the nodes; each node can override each setting. By default as `root`, with an SSH agent. */
    ssh?: SshArgs;
    /** How the kubelets' certificate signing requests are going to be approved. By default by a script on the control-plane nodes. */
    csrApproval?: CsrApprovalArgs;
    /** The cluster's Kubernetes version, such as `1.33`, which the release of metrics-server has to fit. Defaults to `1.34`. */
    kubernetesVersion?: string;
    /** Whether metrics-server is going to run in the host's network, which no NetworkPolicy reaches. Defaults to false. */
    hostNetwork?: boolean;
    /** The types of addresses at which metrics-server is going to ask kubelets. By default every Node has to have an InternalIP. */
    kubeletPreferredAddressTypes?: NodeAddressType[];
    /** The file with the kubelets' CA that metrics-server is going to mount from the control planes. By default there is none. */
    kubeletCaHostPath?: string;
}
