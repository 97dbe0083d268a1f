import type { Input } from "@pulumi/pulumi";

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
    /** What is reserved. Defaults to cpu `100m` and memory `200Mi`, good for 100 nodes. */
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
     * where there is one worker only. From 2 on there is a PodDisruptionBudget.
     */
    replicas?: number;
    /** Compute resources of the container. By default requests for up to 100 nodes and no limits. */
    resources?: Resources;
    /**
     * Tolerations of the pods. By default there are none; `SecureMetricsServer` tolerates the control planes' taint where there
     * are no workers.
     */
    tolerations?: Toleration[];
    /** Labels that a node must have. Defaults to `kubernetes.io/os: linux`. */
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
     * `--http2-max-streams-per-connection`. All others are refused: they would weaken a check, or the package sets them itself.
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
}

/** Arguments of MetricsServer. */
export interface MetricsServerArgs extends MetricsServerSettings {
    /**
     * The serving certificate followed by its CA certificate, PEM. It must be valid now and for
     * metrics-server.kube-system.svc, and `caBundle` must verify it; anything else is refused. By default there is none, and
     * `secretName` is needed.
     */
    certificatePem?: Input<string>;
    /**
     * The serving certificate's private key, PEM, not encrypted; kept as a secret. By default there is none, and `secretName` is
     * needed.
     */
    privateKeyPem?: Input<string>;
    /**
     * Name of a Secret of type `kubernetes.io/tls` in kube-system that somebody else keeps, instead of `certificatePem` and
     * `privateKeyPem`; both beside it are refused. It is mounted by its name, and never made, read or deleted. By default there is
     * none. Nobody looks at its certificate before it is served; `SecureMetricsServer` does.
     */
    secretName?: Input<string>;
    /** Base64 of the PEM CA certificates that the API server verifies metrics-server with. */
    caBundle: Input<string>;
}

// Every language's SDK adds the suffix itself: `NodeArgs` would become `NodeArgsArgs`.
export type {
    MetricsServerSettings as MetricsServerSettingsArgs,
    Resources as ResourcesArgs,
    Toleration as TolerationArgs,
};
