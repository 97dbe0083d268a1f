import assert from "node:assert/strict";
import { isNodeStatus } from "../../components/ssh/nodeStatus";
import { otherCa } from "./support/certificates";
import { onNode, succeeded } from "./support/expectations";
import { ADDRESS, issued, type FakeNode } from "./support/node";
import { describeInShells, describeInTurn, type Cases } from "./support/parallel";

/** Reads only, and says why ensure would act. */
async function causes(node: FakeNode): Promise<string[]> {
    const before = node.snapshot();
    const restarts = node.kubelet.restarts;
    const status = succeeded(await node.run("status"));
    assert.ok(isNodeStatus(status), JSON.stringify(status));
    const { inSync, causes, digest } = status;
    assert.deepEqual(node.snapshot(), before);
    assert.equal(node.kubelet.restarts, restarts);
    assert.match(digest, /^[0-9a-f]{8}$/);
    assert.equal(inSync, causes.length === 0);
    return causes;
}

async function startWithKey(node: FakeNode): Promise<void> {
    node.configuration = `${node.configuration}serverTLSBootstrap: true\n`;
    await node.kubelet.restart();
    await new Promise((resolve) => setTimeout(resolve, 100));
}

function finds(
    expected: string[],
    arrange: (node: FakeNode) => void | Promise<void>,
): Cases[string] {
    return onNode(async (node) => {
        await arrange(node);
        assert.deepEqual(await causes(node), expected);
    });
}

describeInShells("kubelet.sh status", {
    "finds a node that was never touched": finds(["serverTLSBootstrap:absent"], () => undefined),
    "tells the details": onNode(async (node) => {
        succeeded(await node.run("ensure"));
        const status = succeeded(await node.run("status"));
        const { file, running, trusted, config, certificate } = status;
        assert.deepEqual(
            { file, running, trusted, config },
            { file: "true", running: "on", trusted: true, config: "/var/lib/kubelet/config.yaml" },
        );
        assert.match(
            JSON.stringify(certificate),
            /"notAfter":"\d{4}-.*Z","sha256":"[0-9a-f]{64}","issuerSha256":/,
        );
        assert.ok(JSON.stringify(status).length < 2048);
    }),
});

describeInTurn("kubelet.sh status, causes", {
    "gives the same drift another digest when it comes back": onNode(async (node) => {
        const text = node.configuration;
        const first = succeeded(await node.run("status"))["digest"];
        assert.equal(succeeded(await node.run("status"))["digest"], first);
        await new Promise((resolve) => setTimeout(resolve, 1000));
        node.configuration = text;
        assert.notEqual(succeeded(await node.run("status"))["digest"], first);
    }),
    "finds nothing after ensure": finds([], async (node) => {
        succeeded(await node.run("ensure"));
    }),
    "a key that was set to false": finds(["serverTLSBootstrap:false"], (node) => {
        node.configuration = `${node.configuration}serverTLSBootstrap: false\n`;
    }),
    "a kubelet that was not restarted": finds(["kubelet-not-restarted"], (node) => {
        node.configuration = `${node.configuration}serverTLSBootstrap: true\n`;
    }),
    "a certificate that was not issued": finds(["certificate-not-issued"], async (node) => {
        node.kubelet.issued = undefined;
        await startWithKey(node);
    }),
    "a certificate of an unknown CA": finds(["certificate-unknown-ca"], async (node) => {
        node.kubelet.issued = issued({ issuer: otherCa() });
        await startWithKey(node);
    }),
    "a certificate that expires while nobody approves": finds(
        ["certificate-expiring"],
        async (node) => {
            node.kubelet.issued = issued({ from: -300, until: 5 });
            await startWithKey(node);
        },
    ),
    "a certificate with a name too many": finds(["certificate-names"], async (node) => {
        node.kubelet.issued = issued({ names: `DNS:w1,IP:${ADDRESS},IP:10.96.0.1` });
        await startWithKey(node);
    }),
    "a change that was interrupted": finds(["interrupted-change"], async (node) => {
        succeeded(await node.run("ensure"));
        node.write("var/lib/secure-metrics-server/kubelet/pending", "ensure a b\n");
    }),
    "copies that are left over": finds(["copies-left"], async (node) => {
        node.kubelet.issued = undefined;
        node.header = { APPROVAL_TIMEOUT: "0" };
        assert.equal((await node.run("ensure")).code, 68);
        node.kubelet.issued = issued();
        await node.kubelet.restart();
        await new Promise((resolve) => setTimeout(resolve, 100));
    }),
    "what ensure refuses": finds(["refused"], (node) => {
        node.configuration = "{}";
    }),
    "a kubelet that is down": finds(["refused"], (node) => {
        node.kubelet.stop();
    }),
    "another node": finds(["wrong-node"], (node) => {
        node.clientName = "w2";
    }),
});
