import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { failed, onNode, succeeded } from "./support/expectations";
import { describeInShells, describeInTurn } from "./support/parallel";

describeInShells("kubelet.sh revert", {
    "removes the key that was absent, restarts once and leaves no state": onNode(async (node) => {
        const before = node.configuration;
        succeeded(await node.run("ensure"));
        const result = succeeded(await node.run("revert"));
        assert.deepEqual([result["changed"], result["restarted"]], [true, true]);
        assert.equal(node.configuration, before);
        assert.equal(node.kubelet.restarts, 2);
        assert.equal(node.kubelet.served.at(-1), "self-signed");
        assert.equal(node.exists("var/lib/secure-metrics-server"), false);

        const snapshot = node.snapshot();
        const again = succeeded(await node.run("revert"));
        assert.deepEqual([again["changed"], again["restarted"]], [false, false]);
        assert.deepEqual(node.snapshot(), snapshot);
        assert.equal(node.kubelet.restarts, 2);
    }),
    "sets false again, in the file that kubeadm has rewritten since": onNode(async (node) => {
        node.configuration = `${node.configuration}serverTLSBootstrap: false\n`;
        succeeded(await node.run("ensure"));
        node.configuration = `maxPods: 42\n${node.configuration}`;
        const expected = node.configuration.replace(/^(serverTLSBootstrap): true$/m, "$1: false");
        succeeded(await node.run("revert"));
        assert.equal(node.configuration, expected);
    }),
});

describeInTurn("kubelet.sh revert, details", {
    "changes nothing that was on before us": onNode(async (node) => {
        node.configuration = `${node.configuration}serverTLSBootstrap: true\n`;
        await node.kubelet.restart();
        succeeded(await node.run("ensure"));
        const before = node.configuration;
        const result = succeeded(await node.run("revert"));
        assert.deepEqual([result["changed"], result["restarted"]], [false, false]);
        assert.equal(node.configuration, before);
        assert.equal(node.kubelet.restarts, 1);
    }),
    "does not restart when somebody else has turned it off": onNode(async (node) => {
        const before = node.configuration;
        succeeded(await node.run("ensure"));
        node.configuration = before;
        const result = succeeded(await node.run("revert"));
        assert.deepEqual([result["changed"], result["restarted"]], [false, false]);
        assert.equal(node.exists("var/lib/secure-metrics-server"), false);
    }),
    "removes the copies of a certificate that never came": onNode(async (node) => {
        node.kubelet.issued = undefined;
        node.header = { APPROVAL_TIMEOUT: "0" };
        assert.equal((await node.run("ensure")).code, 68);
        assert.deepEqual(node.serverFiles, ["kubelet-server.crt", "kubelet-server.key"]);
        succeeded(await node.run("revert"));
        assert.deepEqual(node.serverFiles, []);
    }),
    "rolls back to on when the kubelet does not come back": onNode(async (node) => {
        succeeded(await node.run("ensure"));
        const before = node.configuration;
        node.kubelet.breaksOn = (text) => !/^serverTLSBootstrap: true$/m.test(text);
        failed(await node.run("revert"), 69, /rolled back, the kubelet is healthy again/);
        assert.equal(node.configuration, before);
        assert.equal(node.kubelet.served.at(-1), "issued");
        node.kubelet.breaksOn = () => false;
        assert.equal(succeeded(await node.run("revert"))["changed"], true);
    }),
    "is content when kubeadm reset has taken everything": onNode(async (node) => {
        succeeded(await node.run("ensure"));
        node.kubelet.stop();
        rmSync(join(node.root, "var/lib/kubelet"), { recursive: true });
        assert.equal(succeeded(await node.run("revert"))["changed"], false);
        assert.equal(node.exists("var/lib/secure-metrics-server"), false);
    }),
    "does not mind an override that came later": onNode(async (node) => {
        succeeded(await node.run("ensure"));
        node.configuration = `${node.configuration}tlsCertFile: /etc/k.crt\n`;
        assert.equal(succeeded(await node.run("revert"))["changed"], true);
    }),
    "refuses another node": onNode(async (node) => {
        succeeded(await node.run("ensure"));
        node.clientName = "w2";
        failed(await node.run("revert"), 66, /is "system:node:w2"/);
        assert.equal(node.kubelet.restarts, 1);
    }),
});
