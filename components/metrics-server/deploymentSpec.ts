import type { Input } from "@pulumi/pulumi";
import type { input } from "@pulumi/kubernetes/types";
import type { NodeAddressType } from "../nodes/addressTypes";
import { authenticationFlags, type Authentication } from "./authentication";
import { merged, type Words } from "./metadata";
import type { ResourcesArgs, TolerationArgs, TlsVersion } from "./metricsServerArgs";
import type { DnsConfigArgs, TopologySpreadConstraintArgs } from "./podArgs";
import { KUBELET_CA_FILE, TLS_FOLDER, volumeMounts, volumes, type VolumeSettings } from "./volumes";

/** What the Deployment depends on, with every default filled in. */
export interface DeploymentSettings extends VolumeSettings {
    image: Input<string>;
    imagePullSecrets: Input<string>[];
    replicas: number;
    resources: ResourcesArgs | undefined;
    tolerations: TolerationArgs[];
    nodeSelector: Input<Record<string, Input<string>>>;
    affinity: Input<Record<string, unknown>> | undefined;
    topologySpreadConstraints: TopologySpreadConstraintArgs[];
    priorityClassName: Input<string>;
    schedulerName: Input<string> | undefined;
    hostNetwork: boolean;
    dnsConfig: DnsConfigArgs | undefined;
    metricResolutionSeconds: number;
    addressTypes: readonly NodeAddressType[];
    authentication: Authentication | undefined;
    extraArgs: Input<string>[];
    tlsMinVersion: TlsVersion;
    tlsCipherSuites: string[];
    revisionHistoryLimit: number | undefined;
    podLabels: Words | undefined;
    podAnnotations: Words | undefined;
}

/** Every pod gets the cluster's CA here (kube-root-ca.crt). */
const CLUSTER_CA = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";
/** The user that upstream's manifests run as. */
const USER = 1000;

/** The pod's port. In the node's network 10250 is the kubelet's. */
function portOf(settings: DeploymentSettings): number {
    return settings.hostNetwork ? 4443 : 10250;
}

/**
 * The flags of metrics-server: upstream's, plus the certificate, the kubelets' CA and TLS settings. Naming the CA is also a
 * guard: the binary refuses to start when somebody adds --kubelet-insecure-tls to it. The shutdown delay lets a terminating
 * pod answer the requests that still reach it: without it a rolling update lost 1 of 123.
 */
export function containerArgs(settings: DeploymentSettings): Input<string>[] {
    const { kubeletCaConfigMap, kubeletCaHostPath, authentication } = settings;
    const ca =
        kubeletCaConfigMap === undefined && kubeletCaHostPath === undefined
            ? CLUSTER_CA
            : KUBELET_CA_FILE;
    return [
        "--cert-dir=/tmp",
        `--secure-port=${portOf(settings)}`,
        `--kubelet-preferred-address-types=${settings.addressTypes.join(",")}`,
        "--kubelet-use-node-status-port",
        `--metric-resolution=${settings.metricResolutionSeconds}s`,
        `--kubelet-certificate-authority=${ca}`,
        `--tls-cert-file=${TLS_FOLDER}/tls.crt`,
        `--tls-private-key-file=${TLS_FOLDER}/tls.key`,
        `--tls-min-version=${settings.tlsMinVersion}`,
        ...(settings.tlsCipherSuites.length > 0
            ? [`--tls-cipher-suites=${settings.tlsCipherSuites.join(",")}`]
            : []),
        ...(authentication === undefined ? [] : authenticationFlags(authentication)),
        "--profiling=false",
        "--shutdown-delay-duration=10s",
        ...settings.extraArgs,
    ];
}

function probe(path: string): input.core.v1.Probe {
    return {
        httpGet: { path, port: "https", scheme: "HTTPS" },
        periodSeconds: 10,
        failureThreshold: 3,
    };
}

/**
 * metrics-server is ready after its second scrape, one resolution after the first. An earlier look would fail, and from then on
 * one every second finds it soon. As with upstream's probe, half a minute of failures takes a pod out of the Service.
 */
function readinessProbe({ metricResolutionSeconds }: DeploymentSettings): input.core.v1.Probe {
    return {
        ...probe("/readyz"),
        initialDelaySeconds: metricResolutionSeconds,
        periodSeconds: 1,
        failureThreshold: 30,
    };
}

function container(name: string, settings: DeploymentSettings): input.core.v1.Container {
    return {
        name,
        image: settings.image,
        imagePullPolicy: "IfNotPresent",
        args: containerArgs(settings),
        ports: [{ name: "https", containerPort: portOf(settings), protocol: "TCP" }],
        readinessProbe: readinessProbe(settings),
        livenessProbe: probe("/livez"),
        resources: {
            requests: settings.resources?.requests ?? { cpu: "100m", memory: "200Mi" },
            ...(settings.resources?.limits !== undefined && { limits: settings.resources.limits }),
        },
        securityContext: {
            allowPrivilegeEscalation: false,
            readOnlyRootFilesystem: true,
            runAsNonRoot: true,
            runAsUser: USER,
            seccompProfile: { type: "RuntimeDefault" },
            capabilities: { drop: ["ALL"] },
        },
        volumeMounts: volumeMounts(settings),
    };
}

/** Pods prefer different nodes; with a hard rule a roll-out could not finish on a cluster of few nodes. */
function spread(labels: Record<string, string>): input.core.v1.Affinity {
    return {
        podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
                {
                    weight: 100,
                    podAffinityTerm: {
                        topologyKey: "kubernetes.io/hostname",
                        labelSelector: { matchLabels: labels },
                    },
                },
            ],
        },
    };
}

/** The pods that count are metrics-server's own. */
function spreadOver(
    { topologyKey, maxSkew, whenUnsatisfiable }: TopologySpreadConstraintArgs,
    labels: Record<string, string>,
): input.core.v1.TopologySpreadConstraint {
    return {
        topologyKey,
        maxSkew: maxSkew ?? 1,
        whenUnsatisfiable: whenUnsatisfiable ?? "ScheduleAnyway",
        labelSelector: { matchLabels: labels },
    };
}

function podMetadata(
    labels: Record<string, string>,
    { podLabels, podAnnotations }: DeploymentSettings,
): input.meta.v1.ObjectMeta {
    return {
        labels: podLabels === undefined ? labels : merged(podLabels, labels),
        ...(podAnnotations !== undefined && { annotations: podAnnotations }),
    };
}

function podSpec(
    name: string,
    labels: Record<string, string>,
    settings: DeploymentSettings,
): input.core.v1.PodSpec {
    return {
        serviceAccountName: name,
        priorityClassName: settings.priorityClassName,
        nodeSelector: settings.nodeSelector,
        affinity: settings.affinity ?? spread(labels),
        ...(settings.topologySpreadConstraints.length > 0 && {
            topologySpreadConstraints: settings.topologySpreadConstraints.map((constraint) =>
                spreadOver(constraint, labels),
            ),
        }),
        ...(settings.schedulerName !== undefined && { schedulerName: settings.schedulerName }),
        ...(settings.tolerations.length > 0 && { tolerations: settings.tolerations }),
        ...(settings.imagePullSecrets.length > 0 && {
            imagePullSecrets: settings.imagePullSecrets.map((secret) => ({ name: secret })),
        }),
        ...(settings.hostNetwork && { hostNetwork: true, dnsPolicy: "ClusterFirstWithHostNet" }),
        ...(settings.dnsConfig !== undefined && { dnsConfig: settings.dnsConfig }),
        securityContext: { fsGroup: USER },
        containers: [container(name, settings)],
        volumes: volumes(settings),
    };
}

/** The spec of the Deployment. A pod is replaced only when its successor is ready, if both can run at the same time. */
export function deploymentSpec(
    name: string,
    labels: Record<string, string>,
    settings: DeploymentSettings,
): input.apps.v1.DeploymentSpec {
    return {
        replicas: settings.replicas,
        ...(settings.revisionHistoryLimit !== undefined && {
            revisionHistoryLimit: settings.revisionHistoryLimit,
        }),
        selector: { matchLabels: labels },
        strategy: {
            type: "RollingUpdate",
            // In the node's network a port is taken until its pod is gone, so on few nodes a pod more would never start.
            rollingUpdate: settings.hostNetwork
                ? { maxUnavailable: 1, maxSurge: 0 }
                : { maxUnavailable: 0, maxSurge: 1 },
        },
        template: {
            metadata: podMetadata(labels, settings),
            spec: podSpec(name, labels, settings),
        },
    };
}
