import { addressIn, API_PORT, endpoint, FIRST_CONTROL_PLANE, networksOf } from "../addresses";
import { hierarchies } from "../host/hierarchies";
import { type ClusterOptions, hasLoadBalancer, type NodeRecord } from "../state";
import { KUBERNETES } from "../versions";

const KUBEADM = { apiVersion: "kubeadm.k8s.io/v1beta4" };

/** What kubeadm's checks find to object to in these nodes, and what is fine all the same. */
export const IGNORED_CHECKS = [
    // The machine may have swap; the kubelet is told to live with it.
    "Swap",
    // Looks for the kernel's configuration and modules, which are the machine's, and objects to version 1 of control groups.
    "SystemVerification",
    // Two cores may be all there are, and the memory is shared.
    "NumCPU",
    "Mem",
].join(",");

/** kubeadm's own are for machines that do nothing else. The run as a whole has a limit as well. */
const TIMEOUTS = {
    controlPlaneComponentHealthCheck: "8m0s",
    kubeletHealthCheck: "8m0s",
    kubernetesAPICall: "8m0s",
    etcdAPICall: "8m0s",
    tlsBootstrap: "8m0s",
    discovery: "8m0s",
};

/** What it takes to join. */
export interface JoinSecrets {
    /** A bootstrap token. */
    token: string;
    /** Decrypts the keys that a control plane leaves in the cluster for the next ones. */
    certificateKey?: string;
}

/** A file for `kubeadm init --config`. kubeadm reads JSON as well as YAML, one document after the other. */
export function initConfig(
    options: ClusterOptions,
    node: NodeRecord,
    { token, certificateKey }: JoinSecrets,
): string {
    const balanced = hasLoadBalancer(options);
    const networks = networksOf(options.ipFamily);
    return documents(
        {
            ...KUBEADM,
            kind: "InitConfiguration",
            bootstrapTokens: [{ token }],
            ...(balanced && { certificateKey }),
            timeouts: TIMEOUTS,
            localAPIEndpoint: { advertiseAddress: node.ip },
            nodeRegistration: registration(options, node),
        },
        {
            ...KUBEADM,
            kind: "ClusterConfiguration",
            kubernetesVersion: `v${KUBERNETES[options.kubernetes].version}`,
            ...(balanced && { controlPlaneEndpoint: apiEndpoint(options) }),
            networking: {
                podSubnet: list(networks.map(({ podSubnet }) => podSubnet)),
                serviceSubnet: list(networks.map(({ serviceSubnet }) => serviceSubnet)),
            },
            // kube-proxy is a unit of the nodes; nothing in the tests asks for a name.
            dns: { disabled: true },
            proxy: { disabled: true },
            // The cluster is made anew rather than repaired: nothing is lost by not waiting for the disk.
            etcd: { local: { extraArgs: [{ name: "unsafe-no-fsync", value: "true" }] } },
            controllerManager: { extraArgs: signingDuration(options) },
        },
        kubeletConfig(options),
    );
}

/** A file for `kubeadm join --config`. The kubelet's configuration comes from the cluster's ConfigMap. */
export function joinConfig(
    options: ClusterOptions,
    node: NodeRecord,
    { token, certificateKey, caCertHash }: JoinSecrets & { caCertHash: string },
): string {
    return documents({
        ...KUBEADM,
        kind: "JoinConfiguration",
        timeouts: TIMEOUTS,
        discovery: {
            bootstrapToken: {
                token,
                apiServerEndpoint: apiEndpoint(options),
                caCertHashes: [caCertHash],
            },
        },
        nodeRegistration: registration(options, node),
        ...(node.role === "controlPlane" && {
            controlPlane: { localAPIEndpoint: { advertiseAddress: node.ip }, certificateKey },
        }),
    });
}

/** A file for `kubeadm kubeconfig --config`: where clients find the API, and nothing else. */
export function clientConfig(options: ClusterOptions, node: NodeRecord): string {
    return documents(
        {
            ...KUBEADM,
            kind: "InitConfiguration",
            localAPIEndpoint: { advertiseAddress: node.ip },
            nodeRegistration: registration(options, node),
        },
        {
            ...KUBEADM,
            kind: "ClusterConfiguration",
            kubernetesVersion: `v${KUBERNETES[options.kubernetes].version}`,
            controlPlaneEndpoint: apiEndpoint(options),
        },
    );
}

/** What everybody takes the API to be at: the load balancer, or the only control plane. */
export function apiEndpoint(options: ClusterOptions): string {
    const [network] = networksOf(options.ipFamily);
    const address = hasLoadBalancer(options)
        ? network.loadBalancer
        : addressIn(network, FIRST_CONTROL_PLANE);
    return endpoint(address, API_PORT);
}

function registration({ firstAddress }: ClusterOptions, { nodeName, ips }: NodeRecord): object {
    const cloud = { name: "cloud-provider", value: "external" };
    return {
        name: nodeName,
        criSocket: "unix:///run/containerd/containerd.sock",
        imagePullPolicy: "IfNotPresent",
        kubeletExtraArgs: [
            { name: "node-ip", value: list(ips) },
            ...(firstAddress === undefined ? [] : [cloud]),
        ],
    };
}

function signingDuration({ signingDuration }: ClusterOptions): object[] {
    return signingDuration === undefined
        ? []
        : [{ name: "cluster-signing-duration", value: signingDuration }];
}

/** Kubelets refuse version 1 of control groups from this minor version on, unless they are told. */
const REFUSES_CGROUP_V1 = 35;

/** Whether kubelets of this version have to be told that this machine will do. */
export function needsCgroupV1({ kubernetes }: ClusterOptions): boolean {
    const version1 = hierarchies().some(({ controllers }) => controllers.includes("memory"));
    return version1 && Number(kubernetes.split(".")[1]) >= REFUSES_CGROUP_V1;
}

function kubeletConfig(options: ClusterOptions): object {
    const { serverTLSBootstrap } = options;
    return {
        apiVersion: "kubelet.config.k8s.io/v1beta1",
        kind: "KubeletConfiguration",
        failSwapOn: false,
        ...(needsCgroupV1(options) && { failCgroupV1: false }),
        // The images cannot be pulled again, and the disk is shared with everything else on the machine.
        imageGCHighThresholdPercent: 100,
        evictionHard: {
            "memory.available": "100Mi",
            "nodefs.available": "1%",
            "imagefs.available": "1%",
        },
        ...(serverTLSBootstrap && { serverTLSBootstrap }),
    };
}

/** One word for the networks or addresses of all families, as Kubernetes' flags have it. */
function list(values: string[]): string {
    return values.join(",");
}

function documents(...objects: object[]): string {
    return objects.map((object) => `${JSON.stringify(object, undefined, 2)}\n`).join("---\n");
}
