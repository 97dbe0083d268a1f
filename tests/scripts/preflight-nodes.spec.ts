import assert from "node:assert/strict";
import { onControlPlane } from "./support/controlPlane";
import { describeInShells } from "./support/parallel";
import { answering, healthy, INVENTORY, listed, listedNode, NODES } from "./support/readyCluster";
import { resultOf } from "./support/shells";

describeInShells("preflight.sh and what a node says of itself", {
    "takes no address for two lines, two words or another node's": onControlPlane(async (node) => {
        healthy(node);
        const forged = "127.0.0.1 14443\nw2 InternalIP=127.0.0.1";
        // What kubectl prints with a template that quotes, and with one that does not.
        node.answers = {
            "%+q": {
                stdout:
                    listed(NODES.split("\n").slice(0, 1).join("")) +
                    listedNode("w1", [["InternalIP", forged]]),
            },
            ...node.answers,
            "get nodes ": { stdout: `cp1 InternalIP=10.0.0.11\nw1 InternalIP=${forged}\n` },
        };
        node.header["INVENTORY"] = `${INVENTORY} 127.0.0.1\nw2 127.0.0.1`;
        const { code, output } = await node.run("preflight");
        assert.equal(code, 71, output);
        assert.match(
            output,
            /nodes\.w1: its Node has the address "InternalIP" "127\.0\.0\.1 14443\\nw2 InternalIP=127\.0\.0\.1"; expected a plain address or name; next: kubectl get node w1/,
        );
        assert.match(output, /nodes\.w2: the cluster has no such Node/);
    }),
    "keeps no more of it than it has room for, and names the node": onControlPlane(async (node) => {
        healthy(node);
        answering("/nodes/w1/proxy/configz", { stdout: "x".repeat(1_200_000) })(node);
        const { code, output } = await node.run("preflight");
        assert.equal(code, 71, output);
        assert.match(
            output,
            /nodes\.w1: its kubelet answers configz with more than 1048576 bytes; expected its configuration; next: on w1: /,
        );
    }),
    "names the Node that fills the list of all": onControlPlane(async (node) => {
        healthy(node);
        const filler = "x".repeat(18_000_000);
        answering("get nodes ", {
            stdout: `${listed(NODES)}${listedNode("w9", [["InternalDNS", filler]])}`,
        })(node);
        const { code, output } = await node.run("preflight");
        assert.equal(code, 71, output);
        assert.match(
            output,
            /error: the list of Nodes has more than 16777216 bytes, most of them of Node "w9"; expected less; next: /,
        );
    }),
});

describeInShells("preflight.sh and the inventory", {
    "warns of nodes that are not in it, and goes on": onControlPlane(async (node) => {
        healthy(node);
        node.header["INVENTORY"] = "cp1 10.0.0.11";
        const run = await node.run("preflight");
        assert.equal(run.code, 0, run.output);
        assert.match(run.output, /^cp1: warning: nodes that are not in the inventory, .*: w1 ?$/m);
        assert.deepEqual(resultOf(run), { kubernetes: "v1.34.3", nodes: 1 });
    }),
    "does not take a cluster without any Node for one that has them all": onControlPlane(
        async (node) => {
            healthy(node);
            node.answers["get nodes "] = { stdout: "" };
            const { code, output } = await node.run("preflight");
            assert.equal(code, 71, output);
            assert.match(output, /nodes\.cp1: the cluster has no such Node/);
            assert.match(output, /nodes\.w1: the cluster has no such Node/);
        },
    ),
});
