import { RELEASES } from "../../../components/metrics-server/releases";

/** One release of Kubernetes, and what belongs to it. */
interface KubernetesRelease {
    version: string;
    /** The image tags that this kubeadm asks for; `npm run cluster` compares them with what it says. */
    etcdImage: string;
    pauseImage: string;
    /** The module that etcd's image is built from. */
    etcd: string;
}

/** The releases of Kubernetes that a cluster can be of, by minor version. */
export const KUBERNETES = {
    "1.37": { version: "1.37.2", etcdImage: "3.7.0-0", pauseImage: "3.10.2", etcd: "3.7.3" },
    "1.36": { version: "1.36.3", etcdImage: "3.6.8-0", pauseImage: "3.10.2", etcd: "3.6.16" },
    "1.35": { version: "1.35.4", etcdImage: "3.6.6-0", pauseImage: "3.10.1", etcd: "3.6.16" },
    "1.34": { version: "1.34.3", etcdImage: "3.6.5-0", pauseImage: "3.10.1", etcd: "3.6.16" },
} as const satisfies Record<string, KubernetesRelease>;

/** A minor version that a cluster can be of. */
export type KubernetesMinor = keyof typeof KUBERNETES;

/** All of them, the newest first. */
export const KUBERNETES_MINORS = Object.keys(KUBERNETES) as KubernetesMinor[];

/** What a cluster is of when nothing else is asked for. */
export const NEWEST_KUBERNETES: KubernetesMinor = "1.37";

/** The containerds that a cluster can have, by major version: Debian's own, and one that is built and laid over it. */
export const CONTAINERD = { 2: "2.4.2", 1: "1.6" } as const;

/** A major version of containerd. */
export type ContainerdMajor = keyof typeof CONTAINERD;

/** Every other version the cluster is made of. */
export const VERSIONS = {
    debian: "bookworm",
    /** The newest release that the package renders. */
    metricsServer: RELEASES[0].version.slice(1),
    /** The oldest Go that builds all of it: containerd asks for the most. */
    go: "1.26.6",
} as const;

/** metrics-server's image, which every node has. */
export const METRICS_SERVER_IMAGE = `registry.k8s.io/metrics-server/metrics-server:v${VERSIONS.metricsServer}`;

/** Kubernetes' own names of the images that its nodes have. Nothing is ever pulled: they are imported. */
export interface KubernetesImages {
    kubeApiserver: string;
    kubeControllerManager: string;
    kubeScheduler: string;
    etcd: string;
    pause: string;
}

/** The images of a release. */
export function kubernetesImages(minor: KubernetesMinor): KubernetesImages {
    const { version, etcdImage, pauseImage } = KUBERNETES[minor];
    return {
        kubeApiserver: `registry.k8s.io/kube-apiserver:v${version}`,
        kubeControllerManager: `registry.k8s.io/kube-controller-manager:v${version}`,
        kubeScheduler: `registry.k8s.io/kube-scheduler:v${version}`,
        etcd: `registry.k8s.io/etcd:${etcdImage}`,
        pause: `registry.k8s.io/pause:${pauseImage}`,
    };
}
