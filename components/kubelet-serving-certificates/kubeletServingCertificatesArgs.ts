import type { Input } from "@pulumi/pulumi";
import type { NodeAddressType } from "../nodes/addressTypes";
import type { NodesArgs } from "../nodes/nodesArgs";

/** Arguments of KubeletServingCertificates. */
export interface KubeletServingCertificatesArgs extends NodesArgs {
    /**
     * The CA certificates that have to verify the kubelets' certificates, PEM. Defaults to the cluster's CA
     * (kube-root-ca.crt).
     */
    kubeletCa?: Input<string>;
    /**
     * The types of a Node's addresses at which each kubelet is asked for its certificate when all are done, the preferred one
     * first; each at most once. By default at the InternalIP.
     */
    kubeletPreferredAddressTypes?: NodeAddressType[];
}
