import type { Input } from "@pulumi/pulumi";
import type { NodesArgs } from "../nodes/nodesArgs";

/** Arguments of KubeletServingCertificates. */
export interface KubeletServingCertificatesArgs extends NodesArgs {
    /**
     * The CA certificates that have to verify the kubelets' certificates, PEM. Defaults to the cluster's CA
     * (kube-root-ca.crt).
     */
    kubeletCa?: Input<string>;
}
