import assert from "node:assert/strict";
import { certificate, clusterCa } from "./support/certificates";
import { onControlPlane } from "./support/controlPlane";
import { describeInShells } from "./support/parallel";
import { caFile } from "./support/preflightFindings";
import { answering, healthy, listed, NODES } from "./support/readyCluster";
import { resultOf } from "./support/shells";

describeInShells("preflight.sh and the settings of metrics-server", {
    "passes a cluster that has what they ask for": onControlPlane(async (node) => {
        healthy(node);
        Object.assign(node.header, {
            ADDRESS_TYPES: "ExternalIP Hostname",
            PLACEMENT: "controlPlane",
            REQUEST_HEADER_CA: clusterCa().certificate,
            REQUEST_HEADER_NAMES: "aggregator front-proxy-client",
        });
        caFile(clusterCa().certificate)(node);
        answering("get nodes -l node-role.kubernetes.io/control-plane=,kubernetes.io/os=linux", {
            stdout: "one\n",
        })(node);
        // What the cluster says of the proxy's name is no matter where metrics-server does not ask.
        answering("requestheader-client-ca-file", {
            stdout: `${clusterCa().certificate}\n["another"]\n`,
        })(node);
        const run = await node.run("preflight");
        assert.equal(run.code, 0, run.output);
        assert.deepEqual(resultOf(run), { kubernetes: "v1.34.3", nodes: 2 });
    }),
    "asks for no InternalIP where kubelets are asked elsewhere": onControlPlane(async (node) => {
        healthy(node);
        node.header["ADDRESS_TYPES"] = "Hostname";
        answering("get nodes ", {
            stdout: listed(NODES.replace("InternalIP=10.0.0.11 ", "")),
        })(node);
        const { code, output } = await node.run("preflight");
        assert.equal(code, 0, output);
    }),
    "takes a bundle whose first certificate is valid": onControlPlane(async (node) => {
        healthy(node);
        const old = certificate({ subject: "/CN=old", ca: true, until: -1 }).certificate;
        caFile(clusterCa().certificate + old)(node);
        const { code, output } = await node.run("preflight");
        assert.equal(code, 0, output);
    }),
});
