import { networksOf } from "../addresses";
import type { ClusterOptions, NodeRecord } from "../state";
import type { Pair } from "./certificates";
import type { HostFile } from "./hostFiles";
import { kubeconfig } from "./kubeconfig";
import type { Pki } from "./pki";
import { unitText, type Unit } from "./unit";

/** Where the control plane's programs find their certificates and kubeconfig files. */
const FOLDER = "/var/lib/kubernetes";
const [{ podSubnet, serviceSubnet }] = networksOf("ipv4");
const ETCD_FOLDER = "/etc/etcd";
const ETCD_PORT = 2379;
const SCHEDULER_CONFIG = "/etc/kubernetes/config/kube-scheduler.yaml";

/** All that one host of the control plane is made from. */
export interface ControlPlane {
    host: NodeRecord;
    /** The host with the only member of etcd: the first of the control plane. */
    etcdHost: NodeRecord;
    /** Whether there are other hosts, whose API servers reach etcd over the network. */
    isAlone: boolean;
    options: ClusterOptions;
    pki: Pki;
    apiServer: Pair;
    scheduler: Pair;
    controllerManager: Pair;
}

/** Units by file name, in the order in which they are started. etcd is on one host. */
export function controlPlaneUnits(plane: ControlPlane): Record<string, Unit> {
    return {
        ...(hasEtcd(plane) && { "etcd.service": etcd(plane) }),
        "kube-apiserver.service": apiServer(plane),
        "kube-controller-manager.service": controllerManager(plane),
        "kube-scheduler.service": scheduler(),
    };
}

/** Everything that a host of the control plane has on its disk beside the programs. There is no kubelet on it. */
export function controlPlaneFiles(plane: ControlPlane): HostFile[] {
    const { pki, apiServer } = plane;
    const ca = pki.ca.certificate;
    const local = "https://127.0.0.1:6443";
    const secret = (path: string, content: string): HostFile => ({ path, content, isSecret: true });
    return [
        ...Object.entries(controlPlaneUnits(plane)).map(([name, unit]) => ({
            path: `/etc/systemd/system/${name}`,
            content: unitText(unit),
        })),
        ...pairFiles(`${FOLDER}/ca`, pki.ca),
        ...pairFiles(`${FOLDER}/kube-api-server`, apiServer),
        ...pairFiles(`${FOLDER}/service-accounts`, pki["service-accounts"]),
        ...(hasEtcd(plane) ? pairFiles(`${ETCD_FOLDER}/kube-api-server`, apiServer) : []),
        ...(hasEtcd(plane) ? [{ path: `${ETCD_FOLDER}/ca.crt`, content: ca }] : []),
        ...[
            secret(
                `${FOLDER}/kube-controller-manager.kubeconfig`,
                kubeconfig(local, ca, "system:kube-controller-manager", plane.controllerManager),
            ),
            secret(
                `${FOLDER}/kube-scheduler.kubeconfig`,
                kubeconfig(local, ca, "system:kube-scheduler", plane.scheduler),
            ),
            secret("/root/admin.kubeconfig", kubeconfig(local, ca, "admin", pki.admin)),
        ],
        { path: SCHEDULER_CONFIG, content: SCHEDULER },
    ];
}

const SCHEDULER = `apiVersion: kubescheduler.config.k8s.io/v1
kind: KubeSchedulerConfiguration
clientConnection:
  kubeconfig: "${FOLDER}/kube-scheduler.kubeconfig"
leaderElection:
  leaderElect: true
`;

function hasEtcd({ host, etcdHost }: ControlPlane): boolean {
    return host.name === etcdHost.name;
}

/** Without the flags of the aggregation layer, and with no kube-proxy beside it. */
function apiServer(plane: ControlPlane): Unit {
    const { host, etcdHost, options } = plane;
    return {
        description: "Kubernetes API Server",
        program: "/usr/local/bin/kube-apiserver",
        flags: {
            "advertise-address": host.ip,
            "allow-privileged": "true",
            "authorization-mode": "Node,RBAC",
            "bind-address": "0.0.0.0",
            "client-ca-file": `${FOLDER}/ca.crt`,
            "enable-admission-plugins":
                "NamespaceLifecycle,NodeRestriction,LimitRanger,ServiceAccount,DefaultStorageClass,ResourceQuota",
            ...(hasEtcd(plane)
                ? { "etcd-servers": `http://127.0.0.1:${ETCD_PORT}` }
                : {
                      "etcd-servers": `https://${etcdHost.ip}:${ETCD_PORT}`,
                      "etcd-cafile": `${FOLDER}/ca.crt`,
                      "etcd-certfile": `${FOLDER}/kube-api-server.crt`,
                      "etcd-keyfile": `${FOLDER}/kube-api-server.key`,
                  }),
            "event-ttl": "1h",
            // Kubelets that sign their own certificates would be refused with it.
            ...(options.hardWay === "ca" && {
                "kubelet-certificate-authority": `${FOLDER}/ca.crt`,
            }),
            "kubelet-client-certificate": `${FOLDER}/kube-api-server.crt`,
            "kubelet-client-key": `${FOLDER}/kube-api-server.key`,
            "runtime-config": "api/all=true",
            "service-account-key-file": `${FOLDER}/service-accounts.crt`,
            "service-account-signing-key-file": `${FOLDER}/service-accounts.key`,
            "service-account-issuer": `https://${etcdHost.ip}:6443`,
            "service-cluster-ip-range": serviceSubnet,
            "service-node-port-range": "30000-32767",
            "tls-cert-file": `${FOLDER}/kube-api-server.crt`,
            "tls-private-key-file": `${FOLDER}/kube-api-server.key`,
            v: "2",
        },
    };
}

function controllerManager({ options }: ControlPlane): Unit {
    return {
        description: "Kubernetes Controller Manager",
        program: "/usr/local/bin/kube-controller-manager",
        flags: {
            // Kubernetes the Hard Way gives the ranges out by hand; podNetwork.ts reads them from the Nodes.
            "allocate-node-cidrs": "true",
            "bind-address": "0.0.0.0",
            "cluster-cidr": podSubnet,
            "cluster-name": "kubernetes",
            "cluster-signing-cert-file": `${FOLDER}/ca.crt`,
            ...(options.signingDuration !== undefined && {
                "cluster-signing-duration": options.signingDuration,
            }),
            "cluster-signing-key-file": `${FOLDER}/ca.key`,
            kubeconfig: `${FOLDER}/kube-controller-manager.kubeconfig`,
            "root-ca-file": `${FOLDER}/ca.crt`,
            "service-account-private-key-file": `${FOLDER}/service-accounts.key`,
            "service-cluster-ip-range": serviceSubnet,
            "use-service-account-credentials": "true",
            v: "2",
        },
    };
}

function scheduler(): Unit {
    return {
        description: "Kubernetes Scheduler",
        program: "/usr/local/bin/kube-scheduler",
        flags: { config: SCHEDULER_CONFIG, v: "2" },
    };
}

/** One member, in the open for programs of its own host only. Other API servers show a certificate of the cluster's CA. */
function etcd({ host, isAlone }: ControlPlane): Unit {
    const local = `http://127.0.0.1:${ETCD_PORT}`;
    const remote = `https://${host.ip}:${ETCD_PORT}`;
    const clients = [local, ...(isAlone ? [] : [remote])].join(",");
    return {
        description: "etcd",
        program: "/usr/local/bin/etcd",
        notifies: true,
        flags: {
            name: host.name,
            "listen-client-urls": clients,
            "advertise-client-urls": clients,
            ...(isAlone
                ? {}
                : {
                      "cert-file": `${ETCD_FOLDER}/kube-api-server.crt`,
                      "key-file": `${ETCD_FOLDER}/kube-api-server.key`,
                      "trusted-ca-file": `${ETCD_FOLDER}/ca.crt`,
                      "client-cert-auth": "true",
                  }),
            "initial-advertise-peer-urls": "http://127.0.0.1:2380",
            "listen-peer-urls": "http://127.0.0.1:2380",
            "initial-cluster-token": "etcd-cluster-0",
            "initial-cluster": `${host.name}=http://127.0.0.1:2380`,
            "initial-cluster-state": "new",
            "data-dir": "/var/lib/etcd",
            // The cluster is made anew rather than repaired: nothing is lost by not waiting for the disk.
            "unsafe-no-fsync": "true",
        },
    };
}

function pairFiles(path: string, { certificate, key }: Pair): HostFile[] {
    return [
        { path: `${path}.crt`, content: certificate },
        { path: `${path}.key`, content: key, isSecret: true },
    ];
}
