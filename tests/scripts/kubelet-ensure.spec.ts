import assert from "node:assert/strict";
import { readFileSync, renameSync, statSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { clusterCa, otherCa } from "./support/certificates";
import { failed, onNode, succeeded } from "./support/expectations";
import { ADDRESS, issued, selfSigned } from "./support/node";
import { describeInShells, describeInTurn } from "./support/parallel";

const CONFIG = "var/lib/kubelet/config.yaml";

describeInShells("kubelet.sh ensure", {
    "sets the key, restarts once and bridges the wait": onNode(async (node) => {
        const before = node.configuration;
        const result = succeeded(await node.run("ensure"));
        assert.equal(node.configuration, `${before}serverTLSBootstrap: true\n`);
        assert.equal(node.kubelet.restarts, 1);
        assert.deepEqual(node.kubelet.served, ["self-signed", "down", "bridged", "issued"]);
        const { certificate, ...rest } = result;
        assert.deepEqual(rest, { changed: true, restarted: true, seeded: true });
        const { notAfter, sha256, ...more } = certificate as Record<string, string>;
        assert.deepEqual(more, {});
        assert.match(sha256 ?? "", /^[0-9a-f]{64}$/);
        assert.ok(notAfter !== undefined);
        assert.match(notAfter, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
        assert.ok(Math.abs(Date.parse(notAfter) - Date.now() - 300 * 86_400_000) < 86_400_000);
        assert.ok(JSON.stringify(result).length < 200);
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
    "is content with fewer quiet seconds once the kubelet serves the certificate that it asked for":
        onNode(async (node) => {
            node.header = { STABLE_SECONDS: "30", PROVEN_SECONDS: "1", HEALTH_TIMEOUT: "10" };
            node.kubelet.approvalDelay = 1500;
            succeeded(await node.run("ensure"));
            assert.deepEqual(node.kubelet.served, ["self-signed", "down", "bridged", "issued"]);
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
    "says when the kubelet never asked, although its Node has an address: a restart makes it ask":
        onNode(async (node) => {
            node.kubelet.issued = undefined;
            const answers = (requests: string, types: string) => {
                node.tool(
                    "kubectl",
                    `case "$*" in *' get csr '*) printf '${requests}end\\n' ;; *' get node w1 '*) printf '${types}' ;; esac`,
                );
            };
            answers("system:node:w2\\n", "Hostname\\nInternalIP\\n");
            const never =
                /the kubelet did not ask for a certificate, although its Node has an InternalIP: .*; next: systemctl restart kubelet on w1/;
            failed(await node.run("ensure"), 68, never);
            answers("system:node:w1\\n", "InternalIP\\n");
            failed(await node.run("ensure"), 68, /kubectl certificate approve/);
            answers("", "Hostname\\n");
            failed(await node.run("ensure"), 68, /kubectl certificate approve/);
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
        failed(
            await node.run("ensure"),
            67,
            /issued by "CN=another", which the kubelet does not know either/,
        );
    }),
    "accepts a bundle that holds the right CA among others": onNode(async (node) => {
        node.header = { KUBELET_CA: otherCa().certificate + clusterCa().certificate };
        succeeded(await node.run("ensure"));
    }),
    "names a name that the certificate should not carry": onNode(async (node) => {
        node.kubelet.issued = issued({ names: `DNS:w1,IP:${ADDRESS},DNS:kubernetes.default.svc` });
        failed(await node.run("ensure"), 67, /carries "kubernetes\.default\.svc" as well/);
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
