import type { Input } from "@pulumi/pulumi";

/** Where metrics-server's pods run. */
export enum Placement {
    /** On any Linux node whose taints the pods tolerate. */
    Anywhere = "anywhere",
    /** On control planes only. */
    ControlPlane = "controlPlane",
}

/** Which pods may be evicted while the PodDisruptionBudget has nothing to spare. */
export enum UnhealthyPodEvictionPolicy {
    /** A pod that is not ready is evicted only when enough others are ready. */
    IfHealthyBudget = "IfHealthyBudget",
    /** A pod that is not ready may always be evicted, so that it never blocks the drain of a node. */
    AlwaysAllow = "AlwaysAllow",
}

/** How the pods spread over groups of nodes, as in core/v1. It counts metrics-server's own pods. */
interface TopologySpreadConstraint {
    /** The label of nodes whose values are the groups, such as `topology.kubernetes.io/zone`. */
    topologyKey: Input<string>;
    /** Number of pods that one group may have more than another, from 1 on. Defaults to 1. */
    maxSkew?: Input<number>;
    /** `ScheduleAnyway` or `DoNotSchedule`. Defaults to `ScheduleAnyway`: with the other one a roll-out can hang. */
    whenUnsatisfiable?: Input<string>;
}

/** An option of the pods' resolver, as in core/v1. */
interface DnsOption {
    /** Its name, such as `ndots`. */
    name: Input<string>;
    /** Its value, as text. By default it has none. */
    value?: Input<string>;
}

/** The pods' resolver, as in core/v1 PodDNSConfig: it adds to what the cluster's DNS gives them. */
interface DnsConfig {
    /** Addresses of name servers. By default there are no further ones. */
    nameservers?: Input<string>[];
    /** Domains that short names are looked up in. By default there are no further ones. */
    searches?: Input<string>[];
    /** Options of the resolver. By default there are no further ones. */
    options?: DnsOption[];
}

/**
 * A folder in the container, for what a flag of `extraArgs` names: an audit policy, an audit log. Exactly one of `configMap`,
 * `secret`, `persistentVolumeClaim` and `emptyDir`, each in kube-system. A path of the node is no choice.
 */
interface ExtraVolume {
    /**
     * The folder, absolute. Refused are `/`, `/tmp`, `/etc/metrics-server` and `/var/run/secrets`, what lies in them, what they
     * lie in, and the system's own folders.
     */
    mountPath: string;
    /** Name of a ConfigMap, mounted read-only. By default it is none. */
    configMap?: Input<string>;
    /** Name of a Secret, mounted read-only. By default it is none. */
    secret?: Input<string>;
    /** Name of a PersistentVolumeClaim. By default it is none. */
    persistentVolumeClaim?: Input<string>;
    /** Whether it is an empty folder that goes with the pod. Defaults to false. */
    emptyDir?: boolean;
}

/** What metrics-server believes of who sends a request on behalf of somebody else, instead of asking the cluster for it. */
interface RequestHeader {
    /**
     * The CA certificates that the API server's own client certificate is verified with, PEM: on kubeadm
     * /etc/kubernetes/pki/front-proxy-ca.crt. Anything else in it is refused, and so is a certificate that `clientCa` or
     * `kubeletCa` has, too: whoever has any certificate of that CA could then speak for anybody.
     */
    clientCa: Input<string>;
    /**
     * The common names that this client certificate may have: on kubeadm `front-proxy-client`. An empty list and an empty name
     * are refused, because metrics-server takes them for any name.
     */
    allowedNames: string[];
    /** The headers with the user's name. Defaults to `X-Remote-User`. */
    usernameHeaders?: string[];
    /** The headers with the user's groups. Defaults to `X-Remote-Group`. */
    groupHeaders?: string[];
    /** What the headers with further attributes of the user begin with. Defaults to `X-Remote-Extra-`. */
    extraHeaderPrefixes?: string[];
}

// Every language's SDK adds the suffix itself: `NodeArgs` would become `NodeArgsArgs`.
export type {
    DnsConfig as DnsConfigArgs,
    DnsOption as DnsOptionArgs,
    ExtraVolume as ExtraVolumeArgs,
    RequestHeader as RequestHeaderArgs,
    TopologySpreadConstraint as TopologySpreadConstraintArgs,
};
