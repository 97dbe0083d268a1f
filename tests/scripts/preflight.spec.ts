import assert from "node:assert/strict";
import { certificate, clusterCa } from "./support/certificates";
import { onControlPlane, type Answer } from "./support/controlPlane";
import { describeInShells, describeInTurn, type Cases } from "./support/parallel";
import { FINDINGS } from "./support/preflightFindings";
import { deny, policy } from "./support/networkPolicies";
import {
    answering,
    facts,
    healthy,
    HELM,
    INSTALLED,
    INVENTORY,
    inventory,
    listed,
    MANIFESTS,
    NODES,
    PKI,
    type Break,
} from "./support/readyCluster";
import { resultOf } from "./support/shells";

const APPROVER =
    facts("Deployment/kubelet-csr-approver", ...HELM) +
    facts("ClusterRoleBinding/kubelet-csr-approver", ...HELM);
const REFUSED = { stderr: "The connection to the server was refused\nmore\n", code: 1 };

const finding = ([arrange, says]: [Break, RegExp]): Cases[string] =>
    onControlPlane(async (node) => {
        healthy(node);
        arrange(node);
        const { code, output } = await node.run("preflight");
        assert.equal(code, 71, output);
        assert.match(output, says);
        const [first, ...findings] = output.trimEnd().split("\n");
        assert.match(first ?? "", /not ready for a verified metrics-server; nothing was changed/);
        assert.equal(findings.length, 1, output);
        assert.match(findings[0] ?? "", /expected|needs|next: |add it/);
    });

describeInTurn(
    "preflight.sh finds",
    Object.fromEntries(Object.entries(FINDINGS).map(([what, each]) => [what, finding(each)])),
);

const passes = (arrange: Break = () => undefined): Cases[string] =>
    onControlPlane(async (node) => {
        healthy(node);
        arrange(node);
        const run = await node.run("preflight");
        assert.equal(run.code, 0, run.output);
        assert.deepEqual(resultOf(run), { kubernetes: "v1.34.3", nodes: 2 });
        assert.equal(run.output.trimEnd().split("\n").length, 1, run.output);
    });

describeInShells("checks/preflight.sh", {
    "passes a cluster as kubeadm makes it": passes(),
    "reports all that is wrong at once, each in a line of its own, and whole": onControlPlane(
        async (node) => {
            healthy(node);
            const together = Object.entries(FINDINGS).filter(([what]) =>
                /ghost|does not have|signing key|ends within a week|takes no tokens|is ahead/.test(
                    what,
                ),
            );
            for (const [, [arrange]] of together) arrange(node);
            answering(INSTALLED, {
                stdout:
                    facts("APIService/v1beta1.metrics.k8s.io", 'service "x/y"', ...HELM) +
                    facts("ServiceAccount/metrics-server", ...HELM),
            })(node);
            answering("get apiservice/v1.metrics", {
                stdout: facts("APIService/v1.metrics.k8s.io", 'service "x/y"'),
            })(node);
            const { code, output } = await node.run("preflight");
            assert.equal(code, 71, output);
            for (const [, [, says]] of together) assert.match(output, says);
            // The first line, and two findings about what Helm installed.
            assert.equal(output.trimEnd().split("\n").length, together.length + 3, output);
            assert.match(
                output,
                /cp1: {3}- metrics-server or its API is there already: apiservice.*serviceaccount.* made by Helm release "my-release" \(the.*, Helm release "my-release"; expected.*; next: remove that installation/m,
            );
        },
    ),
    "names an approver of somebody else's where it is going to install one": onControlPlane(
        async (node) => {
            healthy(node);
            node.header["CSR_CONTROLLER"] = "kubelet-csr-approver";
            answering("/kubelet-csr-approver", { stdout: APPROVER })(node);
            const { code, output } = await node.run("preflight");
            assert.equal(code, 71, output);
            assert.match(
                output,
                /- kubelet-csr-approver is there already: deployment.* clusterrolebinding\/kubelet-csr-approver, made by Helm release "my-release"; expected .*; next: remove .*csrApproval\.mode "external"$/m,
            );
            assert.equal(output.trimEnd().split("\n").length, 2, output);
        },
    ),
    "does not look for an approver where it installs none of that kind": onControlPlane(
        async (node) => {
            healthy(node);
            answering("/kubelet-csr-approver", { stdout: APPROVER })(node);
            const { code, output } = await node.run("preflight");
            assert.equal(code, 0, output);
        },
    ),
    "tells what it has found when its time is up": onControlPlane(async (node) => {
        healthy(node);
        const [[arrange, says] = []] = Object.entries(FINDINGS)
            .filter(([what]) => what.includes("takes no tokens"))
            .map(([, each]) => each);
        arrange?.(node);
        // The script leads its process group.
        node.tool("date", 'read -r _ _ _ _ group _ </proc/self/stat; kill -TERM "$group"');
        const { code, output } = await node.run("preflight");
        assert.equal(code, 75, output);
        assert.match(output, says ?? /never/);
        assert.match(output, /error: interrupted by a signal.*; next: try again\n$/);
    }),
    "asks no more kubelets when five do not answer": onControlPlane(async (node) => {
        healthy(node);
        const silent = Array.from({ length: 7 }, (_, i) => `s${i} 10.0.1.${i}`);
        node.header["INVENTORY"] = [...silent, INVENTORY].join("\n");
        answering("get nodes ", {
            stdout: listed(
                `${NODES}${silent.map((one) => one.replace(" ", " InternalIP=")).join("\n")}`,
            ),
        })(node);
        answering("/nodes/s", { stderr: "dial tcp: i/o timeout\n", code: 1 })(node);
        const { code, output } = await node.run("preflight");
        assert.equal(code, 71, output);
        assert.equal(output.match(/does not reach its kubelet/g)?.length, 5, output);
        assert.match(output, /- nodes\.s5 and those after it were not asked; expected/);
        assert.equal(node.calls.filter((call) => call.includes("/proxy/configz")).length, 5);
    }),
    "prints what others wrote without what a terminal would obey, and cut": onControlPlane(
        async (node) => {
            healthy(node);
            const hostile = `\u001b[31m'"$(id)\`id\`%s%n\\n\u0000\u009b${"x".repeat(100_000)}`;
            node.answers["/nodes/w1/proxy/configz"] = {
                stderr: `${hostile}\nsecond line`,
                code: 1,
            };
            node.answers["get leases"] = { stdout: `w1 ${hostile}\n` };
            const marks = `label "a" "${hostile.slice(0, 900)}"\nannotation "meta.helm.sh/release-name" "\\x1b[31m"`;
            answering(INSTALLED, { stdout: facts("Deployment/metrics-server", marks) })(node);
            const { code, output } = await node.run("preflight");
            assert.equal(code, 71, output);
            assert.match(
                output,
                /its kubelet: "\?\[31m'\\"\$\(id\)`id`%s%n\\\\n\?+x+"; expected TCP/,
            );
            assert.match(output, /made by Helm release "\\x1b\[31m"/);
            assert.doesNotMatch(output, /second line|uid=/);
        },
    ),
});

/** What it warns of while it passes. */
const warns = (arrange: Break, says: RegExp, lines = 2): Cases[string] =>
    onControlPlane(async (node) => {
        healthy(node);
        arrange(node);
        const run = await node.run("preflight");
        assert.deepEqual(resultOf(run), { kubernetes: "v1.34.3", nodes: 2 });
        assert.match(run.output, says);
        assert.equal(run.output.trimEnd().split("\n").length, lines, run.output);
    });

const TOKENS = [
    'bootstrap-token-ended "true" "2026-01-01T00:00:00Z"',
    'bootstrap-token-abcdef "true" "2999-01-01T00:00:00Z"',
    'bootstrap-token-signs  "2999-01-01T00:00:00Z"',
    'bootstrap-token-forall "true" ',
];

/** What runs in the cluster, as the template of approvers.sh prints it. */
const approvers = (...lines: string[]): Break => {
    return (node) => {
        node.header["APPROVER_MINOR"] = "32";
        answering("get deployments,daemonsets,cronjobs", { stdout: `${lines.join("\n")}\n` })(node);
    };
};

describeInTurn("preflight.sh warns", {
    "of postfinance's approver, which would decide as well": warns(
        approvers(
            'Deployment default/web "nginx:1" ',
            'Deployment approvers/csr "ghcr.io/postfinance/kubelet-csr-approver:v1.2.14" ',
        ),
        /warning: Deployment approvers\/csr \(postfinance\/kubelet-csr-approver\) approves the requests of kubelets, too; expected one approver: .*; next: remove it when this run has ended \(kubectl delete deployment -n approvers csr\), or keep it alone with csrApproval\.mode "external"$/m,
    ),
    "of alex1989hu's approver": warns(
        approvers(
            'Deployment k/kubelet-serving-cert-approver "ghcr.io/alex1989hu/kubelet-serving-cert-approver:main" ',
        ),
        /warning: Deployment k\/kubelet-serving-cert-approver \(alex1989hu\/kubelet-serving-cert-approver\) approves/,
    ),
    "of a CronJob that approves whatever there is": warns(
        approvers(
            'CronJob ops/approve "bitnami/kubectl:1" "sh" "-c" "kubectl get csr -o name | xargs kubectl certificate approve" ',
            'CronJob ops/backup "bitnami/kubectl:1" "kubectl" "get" "csr" ',
        ),
        /warning: CronJob ops\/approve \(a CronJob that runs kubectl certificate approve\) approves .*kubectl delete cronjob -n ops approve/,
    ),
    "when it cannot see other approvers": warns((node) => {
        node.header["APPROVER_MINOR"] = "32";
        answering("get deployments,daemonsets,cronjobs", REFUSED)(node);
    }, /warning: cannot see whether somebody else approves kubelets' requests: The conn/),
    "of what it is going to take over, from whom, and who notices": warns(
        (node) => {
            node.header["TAKE_OVER"] = "true";
            answering("get deployment/metrics-server", { stdout: "1 1 1 1" })(node);
            answering(INSTALLED, { stdout: facts("Deployment/metrics-server", ...HELM) })(node);
        },
        /cp1: takeOver: takes over metrics-server, made by Helm release "my-release": its pods serve until the new ones do; kubectl top and autoscalers notice nothing,.*\ncp1: takeOver: takes over deployment\/metrics-server$/m,
        3,
    ),
    "of bootstrap tokens that somebody could join with, with the command that deletes them": warns(
        answering("get secrets", { stdout: `${TOKENS.join("\n")}\n` }),
        /^cp1: warning: there are live bootstrap tokens: abcdef forall; expected none where no node joins: .*; next: kubeadm token list, then kubeadm token delete abcdef forall$/m,
    ),
    "when it cannot see them": warns(
        answering("get secrets", REFUSED),
        /warning: cannot see whether there are live bootstrap tokens: The conn.*; next: kubeadm token list$/m,
    ),
});

const UID = "4d3c0a57-1d0b-4e52-9d25-5c2f8a1f8f10";

describeInTurn("preflight.sh and the cluster that objects go to", {
    "passes where the control plane sees the same one": passes((node) => {
        node.header["CLUSTER_UID"] = UID;
        answering("get namespace kube-system", { stdout: UID })(node);
    }),
    "names both where it sees another one, before it looks at anything else": onControlPlane(
        async (node) => {
            healthy(node);
            node.header["CLUSTER_UID"] = UID;
            node.write(
                "etc/kubernetes/admin.conf",
                "    server: https://10.0.0.11:6443\n    client-key-data: a-secret\n",
            );
            answering("get namespace kube-system", { stdout: "another-uid" })(node);
            const { code, output } = await node.run("preflight");
            assert.equal(code, 71, output);
            assert.match(
                output,
                /^cp1: error: the Kubernetes provider and nodes are two clusters: kube-system has the uid 4d3c0a57-.* for the provider, and another-uid for \/etc\/kubernetes\/admin\.conf \(API server https:\/\/10\.0\.0\.11:6443\); expected one cluster; nothing was changed; next: kubectl get namespace kube-system .*\n$/,
            );
            assert.equal(node.calls.length, 1);
        },
    ),
});

describeInTurn("preflight.sh passes", {
    "nodes with names in capitals, and addresses that are listed as well": passes((node) => {
        inventory(INVENTORY.replace("w1.example", "W1.Example") + " 192.0.2.1")(node);
    }),
    "a node that waits for its first certificate": passes(
        answering("/nodes/w1/proxy/configz", {
            stderr: "Error from server: remote error: tls: internal error\n",
            code: 1,
        }),
    ),
    "kubelets with self-signed certificates under an API server that verifies them": passes(
        answering("/nodes/w1/proxy/configz", {
            stderr: 'Error from server: Get "https://10.0.0.12:10250/configz": tls: failed to verify certificate: x509: certificate signed by unknown authority\n',
            code: 1,
        }),
    ),
    "a front-proxy CA that a corporate CA signed": passes((node) => {
        const root = certificate({ subject: "/CN=corporate", ca: true });
        const intermediate = certificate({ subject: "/CN=front-proxy-ca", issuer: root, ca: true });
        node.write(`${PKI}/front-proxy-ca.crt`, intermediate.certificate);
        const client = certificate({
            subject: "/CN=front-proxy-client",
            issuer: intermediate,
            until: 300,
        });
        node.write(`${PKI}/front-proxy-client.crt`, client.certificate);
    }),
    "its own metrics-server, of a provider without server-side apply": passes((node) => {
        const marks = [
            'label "app.kubernetes.io/managed-by" "pulumi"',
            'label "app.kubernetes.io/part-of" "secure-metrics-server"',
        ];
        answering(INSTALLED, { stdout: facts("Deployment/metrics-server", ...marks) })(node);
    }),
    "network policies that let the API server in and metrics-server out": passes(
        answering("get networkpolicies", {
            stdout: [
                ...deny("Ingress", "Egress"),
                ...policy("for-metrics-server", "Ingress", "Egress"),
                'label\t"k8s-app"\t"metrics-server"',
                "rule\tIngress\tall\tUDP:all,TCP:443,TCP:10000-10300,",
                "rule\tEgress\tpods,block,\tall",
                "",
            ].join("\n"),
        }),
    ),
    "network policies for other pods": passes(
        answering("get networkpolicies", {
            stdout: [
                ...policy("dns", "Ingress"),
                'label\t"k8s-app"\t"kube-dns"',
                ...policy("others", "Egress"),
                'expression\t"k8s-app"\tNotIn\t"metrics-server"',
                ...policy("labelled", "Egress"),
                'expression\t"tier"\tExists',
                "",
            ].join("\n"),
        }),
    ),
    "network policies where metrics-server is in the host's network": passes((node) => {
        node.header["HOST_NETWORK"] = "true";
        answering("get networkpolicies", { stdout: `${deny("Ingress").join("\n")}\n` })(node);
    }),
    "any name of the API server's proxy where the API server says so": passes(
        answering("requestheader-client-ca-file", {
            stdout: `${clusterCa().certificate}\n[]\n`,
        }),
    ),
    "an administrator without a certificate, such as one with a token": passes((node) => {
        node.write("etc/kubernetes/admin.conf", "users:\n- user:\n    token: a-secret\n");
    }),
    "leases that say no time": passes((node) => {
        node.answers["get leases"] = { stdout: "w1 <no value>\ncp1\n" };
    }),
    "leases that cannot be read": passes(answering("get leases", REFUSED)),
    "its own metrics-server": passes((node) => {
        const mark = 'label "app.kubernetes.io/managed-by" "secure-metrics-server"';
        answering(INSTALLED, { stdout: facts("Deployment/metrics-server", mark) })(node);
    }),
    "a control plane without manifests and front-proxy files": passes((node) => {
        for (const file of ["kube-controller-manager", "kube-apiserver"])
            node.remove(`${MANIFESTS}/${file}.yaml`);
        node.remove(`${PKI}/front-proxy-client.crt`);
    }),
});

/** It ends with one line that says what kubectl complained about. */
const ends = (piece: string, answer: Answer, says: RegExp) =>
    onControlPlane(async (node) => {
        healthy(node);
        answering(piece, answer)(node);
        const { code, output } = await node.run("preflight");
        assert.equal(code, 71, output);
        assert.match(output, says);
        assert.equal(output.trimEnd().split("\n").length, 1, output);
    });

describeInTurn("preflight.sh ends at once", {
    "when the API server does not answer": ends(
        "/version",
        REFUSED,
        /error: the API server does not answer: The connection to the server was refused; expected it to; next: kubectl/,
    ),
    "when kubectl hangs": ends(
        "/version",
        { hangs: true },
        /the API server does not answer: no answer in time; expected/,
    ),
    "when the nodes cannot be listed": ends("get nodes ", REFUSED, /cannot list nodes: The conn/),
    "when the aggregation layer's settings cannot be read, which says nothing of them": ends(
        "requestheader-client-ca-file",
        REFUSED,
        /cannot read kube-system\/extension-apiserver-authentication: The conn/,
    ),
    "when it cannot be known whose metrics-server there is": ends(
        INSTALLED,
        REFUSED,
        /cannot read apiservice\/v1beta1\.metrics\.k8s\.io and others: The conn/,
    ),
    "on a node that is no control plane": onControlPlane(async (node) => {
        healthy(node);
        node.remove("etc/kubernetes/admin.conf");
        const { code, output } = await node.run("preflight");
        assert.equal(code, 71, output);
        assert.match(output, /no \/etc\/kubernetes\/admin\.conf; expected a control-plane node/);
        assert.deepEqual(node.calls, []);
    }),
});
