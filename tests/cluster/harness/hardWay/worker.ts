import { networksOf } from "../addresses";
import { needsCgroupV1 } from "../kubernetes/kubeadmConfig";
import type { ClusterOptions } from "../state";
import type { Pair } from "./certificates";
import type { HostFile } from "./hostFiles";
import { kubeconfig } from "./kubeconfig";
import type { Pki } from "./pki";
import { unitText, type Unit } from "./unit";

const FOLDER = "/var/lib/kubelet";
const CONFIG = `${FOLDER}/kubelet-config.yaml`;
const [{ podSubnet }] = networksOf("ipv4");
const PROXY_FOLDER = "/var/lib/kube-proxy";
const PROXY_CONFIG = `${PROXY_FOLDER}/kube-proxy-config.yaml`;

/** All that a worker is made from. */
export interface Worker {
    name: string;
    /** Where its API server is: `https://…:6443`. */
    server: string;
    options: ClusterOptions;
    pki: Pki;
    kubelet: Pair;
}

/** Units by file name. containerd is Debian's, or the one of the cluster's options. */
export const WORKER_UNITS: Readonly<Record<string, Unit>> = {
    "kubelet.service": {
        description: "Kubernetes Kubelet",
        program: "/usr/local/bin/kubelet",
        flags: { config: CONFIG, kubeconfig: `${FOLDER}/kubeconfig`, v: "2" },
        requires: "containerd.service",
    },
    "kube-proxy.service": {
        description: "Kubernetes Kube Proxy",
        program: "/usr/local/bin/kube-proxy",
        flags: { config: PROXY_CONFIG },
    },
};

/** Everything that a worker has on its disk beside the programs. */
export function workerFiles({ name, server, options, pki, kubelet }: Worker): HostFile[] {
    const ca = pki.ca.certificate;
    return [
        ...Object.entries(WORKER_UNITS).map(([unit, what]) => ({
            path: `/etc/systemd/system/${unit}`,
            content: unitText(what),
        })),
        { path: `${FOLDER}/ca.crt`, content: ca },
        { path: `${FOLDER}/kubelet.crt`, content: kubelet.certificate },
        { path: `${FOLDER}/kubelet.key`, content: kubelet.key, isSecret: true },
        {
            path: `${FOLDER}/kubeconfig`,
            content: kubeconfig(server, ca, `system:node:${name}`, kubelet),
            isSecret: true,
        },
        { path: CONFIG, content: kubeletConfig(options) },
        {
            path: `${PROXY_FOLDER}/kubeconfig`,
            content: kubeconfig(server, ca, "system:kube-proxy", pki["kube-proxy"]),
            isSecret: true,
        },
        { path: PROXY_CONFIG, content: PROXY },
    ];
}

/**
 * The kubelet's configuration file as people write it by hand: YAML. With `ca` it serves the certificate with which it also
 * introduces itself to the API server; otherwise it signs one of its own.
 */
export function kubeletConfig(options: ClusterOptions): string {
    const { hardWay, serverTLSBootstrap } = options;
    const serving = [
        `tlsCertFile: "${FOLDER}/kubelet.crt"`,
        `tlsPrivateKeyFile: "${FOLDER}/kubelet.key"`,
    ];
    return [
        "kind: KubeletConfiguration",
        "apiVersion: kubelet.config.k8s.io/v1beta1",
        'address: "0.0.0.0"',
        "authentication:",
        "  anonymous:",
        "    enabled: false",
        "  webhook:",
        "    enabled: true",
        "  x509:",
        `    clientCAFile: "${FOLDER}/ca.crt"`,
        "authorization:",
        "  mode: Webhook",
        "cgroupDriver: systemd",
        'containerRuntimeEndpoint: "unix:///var/run/containerd/containerd.sock"',
        "enableServer: true",
        "failSwapOn: false",
        ...(needsCgroupV1(options) ? ["failCgroupV1: false"] : []),
        "maxPods: 16",
        "port: 10250",
        'resolvConf: "/etc/resolv.conf"',
        "registerNode: true",
        'runtimeRequestTimeout: "15m"',
        // The images cannot be pulled again, and the disk is shared with everything else on the machine.
        "imageGCHighThresholdPercent: 100",
        "evictionHard:",
        '  memory.available: "100Mi"',
        '  nodefs.available: "1%"',
        '  imagefs.available: "1%"',
        ...(hardWay === "ca" ? serving : []),
        ...(serverTLSBootstrap ? ["serverTLSBootstrap: true"] : []),
        "",
    ].join("\n");
}

/** The size of the connection table is the machine's, and cannot be set in a node. */
const PROXY = `kind: KubeProxyConfiguration
apiVersion: kubeproxy.config.k8s.io/v1alpha1
clientConnection:
  kubeconfig: "${PROXY_FOLDER}/kubeconfig"
mode: "iptables"
clusterCIDR: "${podSubnet}"
conntrack:
  maxPerCore: 0
`;
