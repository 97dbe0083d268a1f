import assert from "node:assert/strict";
import { readFileSync, renameSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { clusterCa, otherCa } from "./support/certificates";
import { failed, onNode, refuses, succeeded } from "./support/expectations";
import { ADDRESS, FakeNode, issued, selfSigned } from "./support/node";
import { describeInShells, describeInTurn } from "./support/parallel";
import { nodeScript, startShell } from "./support/shells";

const CONFIG = "var/lib/kubelet/config.yaml";

describeInShells("kubelet.sh ensure", {
    "sets the key, restarts once and bridges the wait": onNode(async (node) => {
        const before = node.configuration;
        const result = succeeded(await node.run("ensure"));
        assert.equal(node.configuration, `${before}serverTLSBootstrap: true\n`);
        assert.equal(node.kubelet.restarts, 1);
        assert.deepEqual(node.kubelet.served, ["self-signed", "down", "bridged", "issued"]);
        const { certificate, configSha256, ...rest } = result;
        assert.deepEqual(rest, {
            node: "w1",
            changed: true,
            restarted: true,
            seeded: true,
            config: "/var/lib/kubelet/config.yaml",
            kubelet: "v1.34.3",
        });
        assert.match(String(configSha256), /^[0-9a-f]{64}$/);
        const { notAfter, sans } = certificate as { notAfter: string; sans: string[] };
        assert.match(notAfter, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        assert.ok(Math.abs(Date.parse(notAfter) - Date.now() - 300 * 86_400_000) < 86_400_000);
        assert.deepEqual(sans, ["w1", ADDRESS, "fd00::5"]);
        assert.ok(JSON.stringify(result).length < 2048);
        assert.deepEqual(node.serverFiles, [
            "kubelet-server-2026.pem",
            "kubelet-server-current.pem",
        ]);
    }),
    "writes nothing and restarts nothing the second time": onNode(async (node) => {
        succeeded(await node.run("ensure"));
        const before = node.snapshot();
        const result = succeeded(
            await node.run("ensure", "--repair", "serverTLSBootstrap:false@8c0bc4"),
        );
        assert.equal(result["changed"], false);
        assert.equal(result["restarted"], false);
        assert.deepEqual(node.snapshot(), before);
        assert.equal(node.kubelet.restarts, 1);
        assert.equal(node.kubelet.requests, 1);
    }),
    "keeps mode, owner and everything else of the file": onNode(async (node) => {
        node.configuration = `# first\nserverTLSBootstrap: false # why\n${node.configuration.trimEnd()}`;
        const before = statSync(join(node.root, CONFIG));
        const expected = node.configuration.replace(
            "serverTLSBootstrap: false",
            "serverTLSBootstrap: true",
        );
        succeeded(await node.run("ensure"));
        assert.equal(node.configuration, expected);
        const after = statSync(join(node.root, CONFIG));
        assert.deepEqual([after.mode, after.uid, after.gid], [before.mode, before.uid, before.gid]);
    }),
    "edits the target of a symbolic link": onNode(async (node) => {
        const target = join(node.root, "etc/kubernetes/kubelet.yaml");
        renameSync(join(node.root, CONFIG), target);
        symlinkSync("../../../etc/kubernetes/kubelet.yaml", join(node.root, CONFIG));
        succeeded(await node.run("ensure"));
        assert.match(readFileSync(target, "utf8"), /^serverTLSBootstrap: true$/m);
        assert.equal(node.configuration, readFileSync(target, "utf8"));
    }),
    "restarts a kubelet that was started before the file said true": onNode(async (node) => {
        node.configuration = `${node.configuration}serverTLSBootstrap: true\n`;
        const before = node.configuration;
        const result = succeeded(await node.run("ensure"));
        assert.deepEqual([result["changed"], result["restarted"]], [false, true]);
        assert.equal(node.configuration, before);
        assert.deepEqual(node.kubelet.served, ["self-signed", "down", "bridged", "issued"]);
    }),
    "does not restart a kubelet that waits for its certificate with an alert": onNode(
        async (node) => {
            node.configuration = `${node.configuration}serverTLSBootstrap: true\n`;
            node.kubelet.approvalDelay = 1500;
            node.kubelet.stop();
            node.kubelet.start();
            const result = succeeded(await node.run("ensure"));
            assert.equal(result["restarted"], false);
            assert.equal(node.kubelet.restarts, 0);
            assert.equal(node.kubelet.requests, 1);
        },
    ),
});

describeInTurn("kubelet.sh ensure, certificates and tools", {
    "counts the flag as on and only keeps the file in step": onNode(async (node) => {
        node.kubelet.arguments.push("--rotate-server-certificates=true");
        node.kubelet.stop();
        node.kubelet.start();
        const result = succeeded(await node.run("ensure"));
        assert.deepEqual([result["changed"], result["restarted"]], [true, false]);
        assert.match(node.configuration, /^serverTLSBootstrap: true$/m);
    }),
    "bridges nothing when the self-signed certificate has expired": onNode(async (node) => {
        node.pair("kubelet", selfSigned({ from: -9, until: -1 }));
        const run = await node.run("ensure");
        assert.equal(succeeded(run)["seeded"], false);
        assert.match(run.output, /not bridged: the self-signed certificate has expired/);
        assert.deepEqual(node.kubelet.served, ["self-signed", "down", "alert", "issued"]);
    }),
    "bridges nothing when the self-signed pair does not match": onNode(async (node) => {
        node.write("var/lib/kubelet/pki/kubelet.key", selfSigned({ names: "DNS:other" }).key);
        const run = await node.run("ensure");
        assert.equal(succeeded(run)["seeded"], false);
        assert.match(run.output, /not bridged: the self-signed certificate and key do not match/);
    }),
    "bridges nothing when the self-signed pair is empty": onNode(async (node) => {
        node.write("var/lib/kubelet/pki/kubelet.key", "");
        assert.equal(succeeded(await node.run("ensure"))["seeded"], false);
    }),
    "never touches a kubelet-server pair that it did not write": onNode(async (node) => {
        const foreign = selfSigned({ names: "DNS:foreign" });
        node.pair("kubelet-server", foreign);
        assert.equal(succeeded(await node.run("ensure"))["seeded"], false);
        assert.equal(node.read("var/lib/kubelet/pki/kubelet-server.crt"), foreign.certificate);
        assert.equal(node.read("var/lib/kubelet/pki/kubelet-server.key"), foreign.key);
    }),
    "moves an expired issued certificate away, which would shadow the copies": onNode(
        async (node) => {
            const expired = issued({ from: -9, until: -1 });
            node.write(
                "var/lib/kubelet/pki/kubelet-server-old.pem",
                expired.certificate + expired.key,
            );
            symlinkSync(
                "kubelet-server-old.pem",
                join(node.root, "var/lib/kubelet/pki/kubelet-server-current.pem"),
            );
            assert.equal(succeeded(await node.run("ensure"))["seeded"], true);
            assert.deepEqual(node.kubelet.served, ["self-signed", "down", "bridged", "issued"]);
            assert.deepEqual(node.serverFiles, [
                "kubelet-server-2026.pem",
                "kubelet-server-current.pem",
                "kubelet-server-old.pem",
            ]);
        },
    ),
    "says who must approve when no certificate comes, and leaves the setting on": onNode(
        async (node) => {
            node.kubelet.issued = undefined;
            node.header = { APPROVAL_TIMEOUT: "1" };
            failed(
                await node.run("ensure"),
                68,
                /goes on serving its self-signed one.*kubectl certificate approve/,
            );
            assert.match(node.configuration, /^serverTLSBootstrap: true$/m);
            assert.equal(node.kubelet.served.at(-1), "bridged");
            assert.equal(node.exists("var/lib/secure-metrics-server/kubelet/pending"), false);

            node.kubelet.issued = issued();
            await node.kubelet.restart();
            succeeded(await node.run("ensure"));
            assert.deepEqual(node.serverFiles, [
                "kubelet-server-2026.pem",
                "kubelet-server-current.pem",
            ]);
        },
    ),
    "does not restart again while the certificate is still pending": onNode(async (node) => {
        node.kubelet.issued = undefined;
        node.header = { APPROVAL_TIMEOUT: "1" };
        assert.equal((await node.run("ensure")).code, 68);
        assert.equal((await node.run("ensure")).code, 68);
        assert.equal(node.kubelet.restarts, 1);
    }),
    "names both CAs when the certificate comes from another one": onNode(async (node) => {
        node.header = { KUBELET_CA: otherCa().certificate };
        const run = await node.run("ensure");
        failed(
            run,
            67,
            /issued by the CA with sha256 [0-9a-f]{64}, which the kubelet itself trusts; expected a CA with sha256 [0-9a-f]{64}/,
        );
    }),
    "names the issuer when nobody knows it": onNode(async (node) => {
        node.kubelet.issued = issued({ issuer: otherCa() });
        failed(await node.run("ensure"), 67, /issued by 'CN=another', unknown to the kubelet, too/);
    }),
    "accepts a bundle that holds the right CA among others": onNode(async (node) => {
        node.header = { KUBELET_CA: otherCa().certificate + clusterCa().certificate };
        succeeded(await node.run("ensure"));
    }),
    "names a name that the certificate should not carry": onNode(async (node) => {
        node.kubelet.issued = issued({ names: `DNS:w1,IP:${ADDRESS},DNS:kubernetes.default.svc` });
        failed(await node.run("ensure"), 67, /carries kubernetes\.default\.svc as well/);
    }),
    "misses the node's own address in the certificate": onNode(async (node) => {
        node.kubelet.issued = issued({ names: "DNS:w1" });
        failed(await node.run("ensure"), 67, /expected one of this host's addresses: 10\.0\.0\.12/);
    }),
    "waits for the renewal of a certificate that is about to expire": onNode(async (node) => {
        node.kubelet.issued = issued({ from: -300, until: 5 });
        node.header = { APPROVAL_TIMEOUT: "1" };
        failed(
            await node.run("ensure"),
            68,
            /the certificate expires at .* and no new one was issued/,
        );
    }),
    "asks healthz without curl": onNode(async (node) => {
        node.onlyTools(["wget"]);
        succeeded(await node.run("ensure"));
        assert.ok(node.kubelet.healthzCalls > 0);
    }),
    "asks healthz with bash alone": onNode(async (node) => {
        node.onlyTools(["bash"]);
        succeeded(await node.run("ensure"));
        assert.ok(node.kubelet.healthzCalls > 0);
    }),
    "asks healthz with perl alone": onNode(async (node) => {
        node.onlyTools(["perl"]);
        succeeded(await node.run("ensure"));
        assert.ok(node.kubelet.healthzCalls > 0);
    }),
    "finds its own addresses without ip": onNode(async (node) => {
        node.onlyTools(["curl"]);
        node.write(
            "proc/net/fib_trie",
            `Local:\n     |-- ${ADDRESS}\n        /32 host LOCAL\n     |-- 10.0.0.255\n        /32 link BROADCAST\n`,
        );
        succeeded(await node.run("ensure"));
    }),
});

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
            node.write("proc/42/comm", "k3s-server\n");
        },
    ),
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
        /--tls-cert-file=\/etc\/k\.crt, from the unit/,
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
        /the drop-in \/etc\/kubelet\.d\/9\.conf sets serverTLSBootstrap/,
        (node) => {
            node.write("etc/kubelet.d/9.conf", "# serverTLSBootstrap\nserverTLSBootstrap: false\n");
            node.kubelet.arguments.push("--config-dir=/etc/kubelet.d");
            node.kubelet.stop();
            node.kubelet.start();
        },
    ),
    "a kubelet without a configuration file": refuses(65, /runs with --config=''/, (node) => {
        node.kubelet.arguments = ["--kubeconfig=/etc/kubernetes/kubelet.conf"];
        node.kubelet.stop();
        node.kubelet.start();
    }),
    "the wrong host by its kubelet's name": refuses(
        66,
        /is 'system:node:w2'; expected 'system:node:w1'/,
        (node) => {
            node.clientName = "w2";
        },
    ),
    "the wrong host by its address": refuses(
        66,
        /has the addresses 10\.0\.0\.12 127\.0\.0\.1 ; expected one of: w1 10\.0\.0\.99/,
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
    "tlsCertFile in the file": refuses(
        65,
        /tlsCertFile, which overrides serverTLSBootstrap/,
        (node) => {
            node.configuration = `${node.configuration}tlsCertFile: /etc/k.crt\n`;
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
            const text = nodeScript(header, "kubelet-lib.sh", "kubelet.sh");
            const run = await startShell(shell, text, ["ensure"], node.fullEnv).done;
            assert.equal(run.code, 64, run.output);
            assert.equal(node.kubelet.restarts, 0);
        }),
});
