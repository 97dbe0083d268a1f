import { certificate, clusterCa } from "./certificates";
import type { Answer, FakeControlPlane } from "./controlPlane";

export const NODES = `cp1 InternalIP=10.0.0.11 Hostname=cp1
w1 InternalIP=10.0.0.12 InternalIP=fd00::12 InternalDNS=w1.example.org Hostname=w1
`;
export const INVENTORY = "cp1 10.0.0.11\nw1 10.0.0.12 fd00::12 w1.example.org";
export const PKI = "etc/kubernetes/pki";
export const MANIFESTS = "etc/kubernetes/manifests";

/**
 * Nodes, one a line, as kubectl prints them with the template of cluster.sh: quoted. JSON quotes what these tests have as Go's
 * %+q does.
 */
export function listed(nodes: string, port: number | string = 10250): string {
    const lines = nodes.split("\n").filter((line) => line !== "");
    return lines
        .map((line) => {
            const [name = "", ...addresses] = line.split(" ");
            return listedNode(
                name,
                addresses.map((one) => one.split("=") as [string, string]),
                port,
            );
        })
        .join("");
}

/** The lines of one Node, whatever its addresses hold. */
export function listedNode(
    name: string,
    addresses: [type: string, address: string][],
    port: number | string = 10250,
): string {
    const quoted = JSON.stringify(name);
    return [
        `${quoted}\tport\t${port}\n`,
        ...addresses.map(
            ([type, address]) => `${quoted}\t${JSON.stringify(type)}\t${JSON.stringify(address)}\n`,
        ),
    ].join("");
}

/** What a kubelet runs with, as /configz writes it. */
export function configz(more: object = {}): { stdout: string } {
    const kubeletconfig = {
        tlsCertFile: "/var/lib/kubelet/pki/kubelet.crt",
        authentication: { webhook: { enabled: true, cacheTTL: "2m0s" } },
        authorization: { mode: "Webhook", webhook: {} },
        ...more,
    };
    return { stdout: JSON.stringify({ kubeletconfig }) };
}

export function renewed(secondsAgo: number): string {
    return new Date(Date.now() - secondsAgo * 1000).toISOString().replace("Z", "123Z");
}

export const frontProxy = (until: number): string =>
    certificate({ subject: "/CN=front-proxy-client", issuer: clusterCa(), until }).certificate;

export const administrator = (until: number): string =>
    certificate({
        subject: "/O=kubeadm:cluster-admins/CN=kubernetes-admin",
        issuer: clusterCa(),
        until,
    }).certificate;

/** The administrator's kubeconfig, as kubeadm writes it. */
export function adminConf(until: number): string {
    const data = Buffer.from(administrator(until)).toString("base64");
    return `users:\n- name: kubernetes-admin\n  user:\n    client-certificate-data: ${data}\n    client-key-data: a-secret\n`;
}

/** A cluster as kubeadm makes it, without metrics-server. */
export function healthy(node: FakeControlPlane): void {
    node.header = { INVENTORY, RELEASE: "0.8.1", OLDEST_MINOR: "31", OLDEST_KUBERNETES: "31" };
    node.answers = {
        "/version": { stdout: '{\n  "major": "1",\n  "gitVersion": "v1.34.3"\n}' },
        "get nodes ": { stdout: listed(NODES) },
        "requestheader-client-ca-file": {
            stdout: `${clusterCa().certificate}\n["front-proxy-client"]\n`,
        },
        "get networkpolicies": { stdout: "" },
        "get secrets": { stdout: 'bootstrap-token-ended "true" "2026-01-01T00:00:00Z"\n' },
        "/nodes/cp1/proxy/configz": configz(),
        "/nodes/w1/proxy/configz": configz(),
        "/nodes/ghost/proxy/configz": {
            stderr: 'Error from server (NotFound): nodes "ghost" not found\n',
            code: 1,
        },
        "get leases": { stdout: `cp1 ${renewed(3)}\nw1 ${renewed(9)}\ngone ${renewed(9999)}\n` },
        "get deployments,daemonsets,cronjobs": {},
        "--ignore-not-found": {},
    };
    node.write(`${PKI}/front-proxy-ca.crt`, clusterCa().certificate);
    node.write(`${PKI}/front-proxy-client.crt`, frontProxy(300));
    node.write("etc/kubernetes/admin.conf", adminConf(300));
    node.write(`${PKI}/ca.key`, "key\n");
    node.write(
        `${MANIFESTS}/kube-controller-manager.yaml`,
        "    - --cluster-signing-key-file=/etc/kubernetes/pki/ca.key\n",
    );
    node.write(
        `${MANIFESTS}/kube-apiserver.yaml`,
        "    env:\n    - name: HTTPS_PROXY\n      value: http://p\n    - name: no_proxy\n      value: 10.0.0.0/8\n",
    );
}

/** What the template of owners.sh prints of an object: a line each, such as `label "a" "b"`. */
export function facts(object: string, ...lines: string[]): string {
    return [`object ${object}`, "uid 1", "version 2", "api v1", ...lines, ""].join("\n");
}

export const HELM = [
    'label "app.kubernetes.io/managed-by" "Helm"',
    'annotation "meta.helm.sh/release-name" "my-release"',
];

/** All that is looked for of an installed metrics-server is asked at once. */
export const INSTALLED = "get apiservice/v1beta1.metrics.k8s.io deployment/metrics-server ";

/** Changes one thing of a cluster. */
export type Break = (node: FakeControlPlane) => void;

/** Has kubectl answer otherwise, ahead of the other answers. */
export const answering =
    (piece: string, answer: Answer): Break =>
    (node) => {
        node.answers = Object.assign({ [piece]: answer }, node.answers, { [piece]: answer });
    };

export const inventory =
    (text: string): Break =>
    (node) => {
        node.header["INVENTORY"] = text;
    };
