import { parseArgs } from "node:util";
import type { UpOptions } from "./up";
import { KUBERNETES_MINORS } from "./versions";

/** The options of `up` on a command line. A value that cannot be is refused later, by whoever completes them. */
export const UP_USAGE = `Options of up:
  --kubernetes MINOR        ${KUBERNETES_MINORS.join(", ")}; the newest by default
  --containerd 1            Debian's instead of containerd 2
  --workers N               how many workers (2)
  --control-planes N        how many control planes (1); more than one have haproxy in front
  --ip-family FAMILY        ipv4 (the default), ipv6 or dual
  --node-names other        Kubernetes calls the host w1 node-w1.example.test
  --first-address TYPE      a cloud tells the nodes' addresses: ExternalIP or Hostname first
  --signing-duration 5m     kube-controller-manager's --cluster-signing-duration
  --server-tls-bootstrap    serverTLSBootstrap: true from kubeadm init on
  --hard-way ca             without kubeadm; kubelets serve certificates of the cluster's CA
  --hard-way self-signed    without kubeadm; kubelets sign their own
  --replace                 remove a cluster that is up with other options
  --install                 install missing Debian packages with apt-get
`;

/** What a command line asks of `up`, and whether it asks to install what the machine lacks. */
export function parseUp(args: string[]): { options: UpOptions; install: boolean } {
    const { values } = parseArgs({
        args,
        options: {
            kubernetes: { type: "string" },
            containerd: { type: "string" },
            workers: { type: "string" },
            "control-planes": { type: "string" },
            "ip-family": { type: "string" },
            "node-names": { type: "string" },
            "first-address": { type: "string" },
            "signing-duration": { type: "string" },
            "server-tls-bootstrap": { type: "boolean" },
            "hard-way": { type: "string" },
            replace: { type: "boolean" },
            install: { type: "boolean" },
        },
    });
    const number = (text: string | undefined): number | undefined =>
        text === undefined ? undefined : Number(text);
    const asked = {
        kubernetes: values.kubernetes,
        containerd: number(values.containerd),
        workers: number(values.workers),
        controlPlanes: number(values["control-planes"]),
        ipFamily: values["ip-family"],
        nodeNames: values["node-names"],
        firstAddress: values["first-address"],
        signingDuration: values["signing-duration"],
        serverTLSBootstrap: values["server-tls-bootstrap"],
        hardWay: values["hard-way"],
        replace: values.replace,
    };
    const given = Object.entries(asked).filter(([, value]) => value !== undefined);
    return {
        options: Object.fromEntries(given),
        install: values.install === true,
    };
}
