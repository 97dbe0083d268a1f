import { RELEASES } from "../../../components/metrics-server/releases";

/**
 * Every version the cluster is made of, in one place. Kubernetes 1.34 is the last minor that runs on cgroup v1 without a
 * switch and with the containerd 1.6 of Debian 12. The image tags of etcd and pause are the ones that this kubeadm asks for;
 * what is inside of them is built from the modules below.
 */
export const VERSIONS = {
    debian: "bookworm",
    kubernetes: "1.34.3",
    etcd: "3.6.16",
    etcdImage: "3.6.5-0",
    pauseImage: "3.10.1",
    /** The newest release that the package renders. */
    metricsServer: RELEASES[0].version.slice(1),
    /** The oldest Go that builds all of the above: metrics-server asks for the most. */
    go: "1.26.4",
} as const;

/** Kubernetes' own names of the images that every node has. Nothing is ever pulled: they are imported. */
export const IMAGES = {
    kubeApiserver: `registry.k8s.io/kube-apiserver:v${VERSIONS.kubernetes}`,
    kubeControllerManager: `registry.k8s.io/kube-controller-manager:v${VERSIONS.kubernetes}`,
    kubeScheduler: `registry.k8s.io/kube-scheduler:v${VERSIONS.kubernetes}`,
    etcd: `registry.k8s.io/etcd:${VERSIONS.etcdImage}`,
    pause: `registry.k8s.io/pause:${VERSIONS.pauseImage}`,
    metricsServer: `registry.k8s.io/metrics-server/metrics-server:v${VERSIONS.metricsServer}`,
} as const;
