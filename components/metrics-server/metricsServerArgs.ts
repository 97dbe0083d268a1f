import type { Input } from "@pulumi/pulumi";
import type { CertManagerArgs } from "../cert-manager/certManagerArgs";
import type { NodeAddressType } from "../nodes/addressTypes";
import type {
    DnsConfigArgs,
    ExtraVolumeArgs,
    Placement,
    RequestHeaderArgs,
    TopologySpreadConstraintArgs,
    UnhealthyPodEvictionPolicy,
} from "./podArgs";

/** The lowest TLS version that metrics-server accepts. */
export enum TlsVersion {
    /** TLS 1.2 and 1.3. */
    Tls12 = "VersionTLS12",
    /** TLS 1.3 only. */
    Tls13 = "VersionTLS13",
}

/** A toleration of the pod, as in core/v1. */
interface Toleration {
    /** The taint's key. By default every key is tolerated, together with operator `Exists`. */
    key?: Input<string>;
    /** `Equal` or `Exists`. Defaults to `Equal`. */
    operator?: Input<string>;
    /** The taint's value, for operator `Equal`. Defaults to the empty value. */
    value?: Input<string>;
    /** `NoSchedule`, `PreferNoSchedule` or `NoExecute`. By default all effects. */
    effect?: Input<string>;
    /** Seconds that a `NoExecute` taint is tolerated. By default for ever. */
    tolerationSeconds?: Input<number>;
}

/** Compute resources of the container, as in core/v1. Write quantities the way Kubernetes prints them: `100m`, not `0.1`. */
interface Resources {
    /**
     * What is reserved. Defaults to cpu `100m` and memory `200Mi`, good for 100 nodes; `SecureMetricsServer` adds 1m and 2Mi for
     * each further node in `nodes`, as upstream advises.
     */
    requests?: Input<Record<string, Input<string>>>;
    /** What is allowed at most. By default there is no limit. */
    limits?: Input<Record<string, Input<string>>>;
}

/** How metrics-server runs. Shared by MetricsServer and SecureMetricsServer. */
interface MetricsServerSettings {
    /**
     * The cluster's Kubernetes version, major and minor, such as `1.33`. It chooses the newest release of metrics-server that
     * supports it. Defaults to the oldest version that the newest release supports. A version that no release supports is refused.
     */
    kubernetesVersion?: string;
    /** The registry, or a path in it, that mirrors registry.k8s.io. Defaults to `registry.k8s.io`. */
    imageRegistry?: Input<string>;
    /** The whole image with tag or digest, instead of the release's. By default the release's image in `imageRegistry`. */
    image?: Input<string>;
    /** Names of Secrets in kube-system with credentials for the registry. By default there are none. */
    imagePullSecrets?: Input<string>[];
    /**
     * Number of pods, from 1 on. Defaults to 2; `SecureMetricsServer` takes 1 on a single-node cluster, and with `hostNetwork`
     * where there is one worker only. With placement `controlPlane` it takes 1 where there is one control plane. From 2 on there
     * is a PodDisruptionBudget.
     */
    replicas?: number;
    /** Compute resources of the container. By default requests for up to 100 nodes and no limits. */
    resources?: Resources;
    /**
     * Tolerations of the pods. By default there are none; `SecureMetricsServer` tolerates the control planes' taint where there
     * are no workers. Refused beside placement `controlPlane`, which sets them.
     */
    tolerations?: Toleration[];
    /**
     * Labels that a node must have. Defaults to `kubernetes.io/os: linux`. Refused beside placement `controlPlane`, which sets
     * them.
     */
    nodeSelector?: Input<Record<string, Input<string>>>;
    /**
     * The pods' affinity, an object as in core/v1 Affinity. By default pods prefer different nodes.
     */
    // The type of a whole core/v1 Affinity cannot be expressed in a component's schema.
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    affinity?: Input<Record<string, any>>;
    /** The pods' PriorityClass. Defaults to `system-cluster-critical`. */
    priorityClassName?: Input<string>;
    /** Runs pods in the node's network namespace, on port 4443. Defaults to false. */
    hostNetwork?: boolean;
    /** Seconds between two scrapes of the kubelets, 12 to 300. Defaults to 15. */
    metricResolutionSeconds?: number;
    /**
     * Further flags of metrics-server, each with its value in one string, such as `--v=2`. By default there are none. Allowed
     * are flags about logs and audit logs, `--kubelet-request-timeout`, `--node-selector` and
     * `--http2-max-streams-per-connection`. All others are refused with the reason: they would weaken a check, or the package
     * sets them itself. docs/metrics-server-flags.md has all of them. With `--node-selector` the last check waits for those of
     * `nodes` that it selects, and names the others.
     */
    extraArgs?: Input<string>[];
    /** The lowest TLS version that metrics-server accepts. Defaults to TLS 1.3. */
    tlsMinVersion?: TlsVersion;
    /**
     * Names of the TLS 1.2 cipher suites that are accepted, as Go names them. Only with TLS 1.2; only suites with forward
     * secrecy and AEAD. Defaults to Go's choice.
     */
    tlsCipherSuites?: string[];
    /**
     * The CA certificates that kubelets are verified with, PEM; anything else in it is refused. Defaults to the cluster's CA as every pod gets it
     * (kube-root-ca.crt), which on kubeadm signs the kubelets' certificates.
     */
    kubeletCa?: Input<string>;
    /**
     * Where the pods run. Defaults to `anywhere`. With `controlPlane` they run on nodes with the label
     * `node-role.kubernetes.io/control-plane` and tolerate the taint of that name. `SecureMetricsServer` then needs a node with
     * role controlPlane in `nodes`, and refuses more replicas than control planes together with `hostNetwork`, whose port only
     * one pod on a node can have.
     */
    placement?: Placement;
    /**
     * A file with the CA certificates that kubelets are verified with, on the control planes: on kubeadm
     * `/etc/kubernetes/pki/ca.crt`. By default there is none, and `kubeletCa` says which CA is meant. Only that file is mounted,
     * read-only: its folder has the CA's key. It needs placement `controlPlane`, and refuses `kubeletCa` beside it. Refused, too:
     * a path that is not absolute or not plain, and one that ends with `.key`. The file has to be readable for everybody, because
     * metrics-server runs as user 1000; before the first change each control plane is looked at. A CA that is replaced by
     * another file needs new pods (`kubectl rollout restart`): a mounted file stays the one that it was. Pod Security
     * `baseline` forbids it in kube-system.
     */
    kubeletCaHostPath?: string;
    /**
     * The types of a Node's addresses at which its kubelet is asked, the preferred one first; each at most once. Defaults to
     * InternalIP, ExternalIP, Hostname. Of a type that a Node has several times, metrics-server takes the first, and the
     * kubelet's certificate has to be for it. The preflight, the handshakes with all kubelets and their errors follow it.
     */
    kubeletPreferredAddressTypes?: NodeAddressType[];
    /**
     * Whom metrics-server believes who a request is from, where it cannot read the ConfigMap
     * kube-system/extension-apiserver-authentication. By default it reads that ConfigMap, and follows its changes. Set `clientCa`,
     * too, if it cannot read it: otherwise it goes on asking for that part.
     */
    requestHeader?: RequestHeaderArgs;
    /**
     * The CA certificates that client certificates of users are verified with, who ask metrics-server itself, PEM; anything else
     * in it is refused. By default metrics-server reads them in the ConfigMap kube-system/extension-apiserver-authentication.
     */
    clientCa?: Input<string>;
    /** Further labels of every object that this component makes in the cluster, but not of the pods. By default there are none. */
    commonLabels?: Input<Record<string, Input<string>>>;
    /** Further labels of the pods. By default there are none. `k8s-app`, by which they are found, is refused. */
    podLabels?: Input<Record<string, Input<string>>>;
    /** Annotations of the pods. By default there are none. */
    podAnnotations?: Input<Record<string, Input<string>>>;
    /** Annotations of the Deployment. By default there are none. Those of Pulumi are refused. */
    deploymentAnnotations?: Input<Record<string, Input<string>>>;
    /** Annotations of the Service. By default there are none but `pulumi.com/skipAwait`. Those of Pulumi are refused. */
    serviceAnnotations?: Input<Record<string, Input<string>>>;
    /**
     * Annotations of the APIService. By default there are none. Those of Pulumi are refused, and those by which cert-manager
     * would write another `caBundle`.
     */
    apiServiceAnnotations?: Input<Record<string, Input<string>>>;
    /** Annotations of the ServiceAccount. By default there are none. Those of Pulumi are refused. */
    serviceAccountAnnotations?: Input<Record<string, Input<string>>>;
    /** How the pods spread over groups of nodes. By default they only prefer different nodes. */
    topologySpreadConstraints?: TopologySpreadConstraintArgs[];
    /**
     * Which pods may be evicted while the PodDisruptionBudget has nothing to spare. By default Kubernetes' own choice,
     * `IfHealthyBudget`. Refused with one replica, which has no budget.
     */
    unhealthyPodEvictionPolicy?: UnhealthyPodEvictionPolicy;
    /** Number of old ReplicaSets that are kept, from 0 on. By default Kubernetes keeps 10. */
    revisionHistoryLimit?: number;
    /** What the pods' resolver gets beside what the cluster's DNS gives it. By default nothing. */
    dnsConfig?: DnsConfigArgs;
    /** The scheduler that places the pods. By default the cluster's own. */
    schedulerName?: Input<string>;
    /** Further folders in the container, by the name of their volume. By default there are none. */
    extraVolumes?: Record<string, ExtraVolumeArgs>;
}

/** Arguments of MetricsServer. */
export interface MetricsServerArgs extends MetricsServerSettings {
    /**
     * The serving certificate followed by its CA certificate, PEM. It must be valid now and for
     * metrics-server.kube-system.svc, and `caBundle` must verify it; anything else is refused. By default there is none, and
     * `secretName` or `certManager` is needed.
     */
    certificatePem?: Input<string>;
    /**
     * The serving certificate's private key, PEM, not encrypted; kept as a secret. By default there is none, and `secretName` or
     * `certManager` is needed.
     */
    privateKeyPem?: Input<string>;
    /**
     * Name of a Secret of type `kubernetes.io/tls` in kube-system that somebody else keeps, instead of `certificatePem` and
     * `privateKeyPem`; both beside it are refused. It is mounted by its name, and never made, read or deleted. By default there is
     * none. Nobody looks at its certificate before it is served; `SecureMetricsServer` does.
     */
    secretName?: Input<string>;
    /**
     * Base64 of the PEM CA certificates that the API server verifies metrics-server with. By default there is none, and
     * `certManager` is needed, beside which it is refused.
     */
    caBundle?: Input<string>;
    /**
     * A certificate that cert-manager issues and renews in the cluster, instead of `certificatePem` and `privateKeyPem`, `secretName`
     * and `caBundle`, which are refused beside it. By default there is none. Nobody looks at cert-manager before; `SecureMetricsServer`
     * does. cert-manager writes over a Secret that is there under `certManager.secretName`. What it leaves when this component goes has
     * to be deleted by hand: `kubectl delete secret -n kube-system -l
     * app.kubernetes.io/part-of=secure-metrics-server,app.kubernetes.io/component=cert-manager-secret`. `SecureMetricsServer` deletes it.
     */
    certManager?: CertManagerArgs;
}

// Every language's SDK adds the suffix itself: `NodeArgs` would become `NodeArgsArgs`.
export type {
    MetricsServerSettings as MetricsServerSettingsArgs,
    Resources as ResourcesArgs,
    Toleration as TolerationArgs,
};
