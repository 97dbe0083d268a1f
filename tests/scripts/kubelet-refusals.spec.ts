import assert from "node:assert/strict";
import { failed, onNode, refuses } from "./support/expectations";
import { FakeNode, issued } from "./support/node";
import { describeInTurn } from "./support/parallel";
import { nodeScript, startShell } from "./support/shells";

/** What the kernel says of a process of this user. */
function status(name: string, user: number): string {
    return `Name:\t${name}\nUmask:\t0022\nUid:\t${user}\t${user}\t${user}\t${user}\nGid:\t0\t0\t0\t0\n`;
}

/** Somebody starts a process on a node. */
function processOf(node: FakeNode, name: string, user: number): void {
    node.write("proc/42/comm", `${name}\n`);
    node.write("proc/42/status", status(name, user));
}

describeInTurn("kubelet.sh ensure refuses", {
    "a user who is not root": refuses(77, /runs as user id 1000/, (node) => {
        node.tool("id", "echo 1000");
    }),
    "a node without openssl and flock, naming both": refuses(
        72,
        /missing tools: flock openssl;/,
        (node) => {
            node.onlyTools(["curl"], ["flock", "openssl"]);
        },
    ),
    "a node without any client for healthz": refuses(
        72,
        /missing tools: curl, wget, bash or perl/,
        (node) => {
            node.onlyTools([]);
        },
    ),
    "a kubelet that is not running": refuses(65, /kubelet\.service is not running/, (node) => {
        node.kubelet.stop();
    }),
    "a host without a kubelet, at once, and says what to do about a control plane that has none":
        refuses(
            65,
            /no kubelet\.service; expected one, .*take it out of nodes, .*csrApproval\.mode to external or controller/,
            (node) => {
                node.kubelet.stop();
                node.tool("systemctl", "echo LoadState=not-found; echo MainPID=0");
                // Until a kubelet that runs is given up.
                node.header["FIND_TIMEOUT"] = "3600";
            },
        ),
    "a kubelet that is ill before any change": refuses(
        65,
        /unhealthy before any change/,
        (node) => {
            node.configuration = node.configuration.replace(/healthzPort: .*/, "healthzPort: 1");
        },
    ),
    "k3s by its process": refuses(
        65,
        /this node runs k3s \(the process k3s-server runs\)/,
        (node) => {
            processOf(node, "k3s-server", 0);
        },
    ),
    "no k3s that is only somebody's name for a process": onNode(async (node) => {
        processOf(node, "k3s-server", 1000);
        const { code, output } = await node.run("status");
        assert.equal(code, 0, output);
        assert.doesNotMatch(output, /refused|k3s/);
    }),
    "no k3s that runs in a container": onNode(async (node) => {
        processOf(node, "k3s-server", 0);
        node.link("proc/42/ns/pid", "pid:[4026532001]");
        node.link("proc/self/ns/pid", "pid:[4026531836]");
        const { code, output } = await node.run("status");
        assert.equal(code, 0, output);
        assert.doesNotMatch(output, /refused|k3s/);
    }),
    "RKE2 by its files": refuses(
        65,
        /this node runs RKE2 \(\/etc\/rancher\/rke2 exists\)/,
        (node) => {
            node.kubelet.stop();
            node.write("etc/rancher/rke2/config.yaml", "");
        },
    ),
    "k0s, microk8s and Talos": onNode(async (node) => {
        const evidence = {
            k0s: "proc/42/comm:k0s",
            microk8s: "proc/42/comm:kubelite",
            Talos: "etc/os-release:ID=talos",
        };
        for (const [name, what] of Object.entries(evidence)) {
            const [path = "", text = ""] = what.split(":");
            node.write(path, `${text}\n`);
            node.write("proc/42/status", status(text, 0));
            if (name === "Talos") {
                node.write("proc/42/comm", "init\n");
                node.kubelet.stop();
            }
            failed(await node.run("ensure"), 65, new RegExp(`this node runs ${name} `));
        }
    }),
    "a flag that overrides the file, naming where it is": refuses(
        65,
        /--rotate-server-certificates=false, from \/var\/lib\/kubelet\/kubeadm-flags\.env/,
        (node) => {
            node.write(
                "var/lib/kubelet/kubeadm-flags.env",
                'KUBELET_KUBEADM_ARGS="--rotate-server-certificates=false"\n',
            );
            node.kubelet.arguments.push("--rotate_server_certificates=FALSE");
            node.kubelet.stop();
            node.kubelet.start();
        },
    ),
    "a serving certificate given by flag": refuses(
        65,
        /--tls-cert-file="\/etc\/k\.crt", from the unit/,
        (node) => {
            node.kubelet.arguments.push("--tls-cert-file", "/etc/k.crt");
            node.kubelet.stop();
            node.kubelet.start();
        },
    ),
    "the feature gate that is off by flag": refuses(
        65,
        /--feature-gates=RotateKubeletServerCertificate=false/,
        (node) => {
            node.kubelet.arguments.push(
                "--feature-gates=A=true,RotateKubeletServerCertificate=false",
            );
            node.kubelet.stop();
            node.kubelet.start();
        },
    ),
    "a drop-in that sets the key": refuses(
        65,
        /the drop-in "\/etc\/kubelet\.d\/9\.conf" sets serverTLSBootstrap/,
        (node) => {
            node.write("etc/kubelet.d/9.conf", "# serverTLSBootstrap\nserverTLSBootstrap: false\n");
            node.kubelet.arguments.push("--config-dir=/etc/kubelet.d");
            node.kubelet.stop();
            node.kubelet.start();
        },
    ),
    "a kubelet without a configuration file": refuses(65, /runs with --config=""/, (node) => {
        node.kubelet.arguments = ["--kubeconfig=/etc/kubernetes/kubelet.conf"];
        node.kubelet.stop();
        node.kubelet.start();
    }),
    "the wrong host by its kubelet's name": refuses(
        66,
        /is "system:node:w2"; expected 'system:node:w1'/,
        (node) => {
            node.clientName = "w2";
        },
    ),
    "the wrong host by its address": refuses(
        66,
        /has the addresses "10\.0\.0\.12 127\.0\.0\.1"; expected one of: w1 10\.0\.0\.99/,
        (node) => {
            node.header = { NODE_ADDRESSES: "w1 10.0.0.99" };
        },
    ),
    "a file that it does not understand": refuses(
        65,
        /config\.yaml has the key serverTLSBootstrap a second time/,
        (node) => {
            node.configuration = `${node.configuration}serverTLSBootstrap: false\nserverTLSBootstrap: false\n`;
        },
    ),
    "CRLF line ends": refuses(65, /carriage return/, (node) => {
        node.configuration = node.configuration.replaceAll("\n", "\r\n");
    }),
    JSON: refuses(65, /JSON/, (node) => {
        node.configuration = '{"kind":"KubeletConfiguration"}';
    }),
    "tlsCertFile in the file, and says whether what is served could stay": refuses(
        65,
        /config\.yaml has tlsCertFile, which overrides serverTLSBootstrap in line \d+ \(the served certificate [0-9a-f]{64} was issued by "CN=w1@1700000000", which the kubelet does not know either\); expected neither tlsCertFile nor tlsPrivateKeyFile; next: take .* out of \/var\/lib\/kubelet\/config\.yaml, then run again: [^;]*$/m,
        (node) => {
            node.configuration = `${node.configuration}tlsCertFile: /etc/k.crt\n`;
        },
    ),
    "a certificate of the cluster's CA from tlsCertFile that is for other names, and tells them":
        refuses(
            65,
            /has tlsPrivateKeyFile, which .* \(the served certificate is for "w1 127\.0\.0\.1", and not for "w1 10\.0\.0\.12" alone\); expected neither/,
            (node) => {
                node.pair("kubelet", issued({ names: "DNS:w1,IP:127.0.0.1" }));
                node.configuration = `${node.configuration}tlsPrivateKeyFile: /etc/k.key\n`;
                node.kubelet.stop();
                node.kubelet.start();
            },
        ),
    "a good certificate of the cluster's CA from tlsCertFile, which may stay": refuses(
        65,
        /\(the served certificate verifies until 20\d\d-.*Z\); expected neither .*; or keep it, renew it yourself, and use MetricsServer alone$/m,
        (node) => {
            node.pair("kubelet", issued());
            node.configuration = `${node.configuration}tlsCertFile: /etc/k.crt\n`;
            node.kubelet.stop();
            node.kubelet.start();
        },
    ),
    "a directory that is read-only": refuses(
        73,
        /cannot write into \/var\/lib\/kubelet/,
        (node) => {
            node.tool(
                "mktemp",
                'case "$*" in *kubelet/.secure*) exit 1 ;; esac\nexec /usr/bin/mktemp "$@"',
            );
        },
    ),
    "an unknown verb": onNode(async (node) => {
        failed(await node.run("destroy"), 64, /unknown verb 'destroy'/);
    }),
    "a header without a name": (shell) =>
        FakeNode.use(shell, async (node) => {
            const header = { ...node.fullHeader, NODE_NAME: "" };
            const text = nodeScript("kubelet", header);
            const run = await startShell(shell, text, ["ensure"], node.fullEnv).done;
            assert.equal(run.code, 64, run.output);
            assert.equal(node.kubelet.restarts, 0);
        }),
});
