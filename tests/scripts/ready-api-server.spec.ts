import assert from "node:assert/strict";
import { onControlPlane, type FakeControlPlane } from "./support/controlPlane";
import { clusterCa } from "./support/certificates";
import { caFile } from "./support/preflightFindings";
import { describeInShells, describeInTurn, type Cases } from "./support/parallel";
import { resultOf } from "./support/shells";

const ADVICE =
    "with a CA that signs nothing else; next: https://kubernetes.io/docs/tasks/extend-kubernetes/configure-aggregation-layer/";

/** The flags of the aggregation layer as kubeadm sets them. */
const KUBEADM = [
    "--proxy-client-cert-file=/etc/kubernetes/pki/front-proxy-client.crt",
    "--proxy-client-key-file=/etc/kubernetes/pki/front-proxy-client.key",
    "--requestheader-allowed-names=front-proxy-client",
    "--requestheader-client-ca-file=/etc/kubernetes/pki/front-proxy-ca.crt",
    "--requestheader-extra-headers-prefix=X-Remote-Extra-",
    "--requestheader-group-headers=X-Remote-Group",
    "--requestheader-username-headers=X-Remote-User",
];

/** A process, as /proc has it. */
interface Process {
    name: string;
    flags?: string[];
    user?: number;
    group?: string;
}

function start(node: FakeControlPlane, pid: number, process: Process): void {
    const { name, flags = [], user = 0, group = "/system.slice/" + name + ".service" } = process;
    const folder = `proc/${pid}`;
    node.write(`${folder}/comm`, `${name}\n`);
    node.write(`${folder}/cmdline`, [name, ...flags].map((word) => `${word}\0`).join(""));
    node.write(`${folder}/status`, `Name:\t${name}\nUid:\t${user}\t${user}\t${user}\t${user}\n`);
    node.write(`${folder}/cgroup`, `4:memory:/user.slice\n1:name=systemd:${group}\n`);
}

/** What is found of an API server, and of whatever else runs. */
function finds(expected: string[], ...processes: Process[]): Cases[string] {
    return onControlPlane(async (node) => {
        for (const [index, process] of processes.entries()) start(node, 100 + index, process);
        const run = await node.run("ready", "api-server");
        assert.equal(run.code, 0, run.output);
        assert.deepEqual(resultOf(run)["problems"], expected);
        assert.deepEqual(node.calls, []);
    });
}

const apiServer = (flags: string[], rest: Partial<Process> = {}): Process => ({
    name: "kube-apiserver",
    flags: ["--allow-privileged=true", ...flags],
    ...rest,
});

describeInShells("api-server.sh ready", {
    "has nothing to say of an API server as kubeadm starts it": finds(
        [],
        apiServer(KUBEADM, { group: "/kubepods.slice/x" }),
    ),
    "names every flag that one without the aggregation layer lacks, and its unit": finds(
        [
            "the API server (kube-apiserver.service) runs without --requestheader-client-ca-file --requestheader-username-headers --requestheader-group-headers --proxy-client-cert-file --proxy-client-key-file --requestheader-allowed-names --requestheader-extra-headers-prefix: the aggregation layer is off; expected these flags and, as no kube-proxy runs here, --enable-aggregator-routing=true, " +
                ADVICE,
        ],
        apiServer([]),
    ),
    "reads flags as the API server does: underscores, values as words of their own": finds(
        [],
        apiServer([
            "--enable-aggregator-routing",
            ...KUBEADM.flatMap((flag) => flag.replaceAll("-", "_").replace("__", "--").split("=")),
        ]),
    ),
});

describeInTurn("api-server.sh ready", {
    "takes an empty value for none, and finds what lacks when only one does": finds(
        [
            `the API server (process 100) runs without --proxy-client-key-file: the aggregation layer is off; expected these flags, ${ADVICE}`,
        ],
        apiServer(
            KUBEADM.map((flag) =>
                flag.startsWith("--proxy-client-key-file") ? "--proxy-client-key-file=" : flag,
            ),
            { group: "/kubepods.slice/x" },
        ),
        { name: "kube-proxy" },
    ),
    "asks for no routing that is on already": onControlPlane(async (node) => {
        start(node, 100, apiServer(["--enable-aggregator-routing=true"]));
        const run = await node.run("ready", "api-server");
        assert.match(run.output, /expected these flags, with a CA/);
    }),
    "does not refuse an API server that accepts every proxy's name": finds(
        [],
        apiServer(KUBEADM.filter((flag) => !/allowed-names|extra-headers/.test(flag))),
    ),
    "says nothing where no API server runs": finds([], { name: "kubelet" }),
    "says nothing of a process that is not root's, or has just ended": onControlPlane(
        async (node) => {
            start(node, 100, apiServer([], { user: 1000 }));
            start(node, 101, apiServer([]));
            node.write("proc/101/cmdline", "");
            const run = await node.run("ready", "api-server");
            assert.deepEqual(resultOf(run)["problems"], []);
        },
    ),
    "is content when one of several has them": finds([], apiServer([]), apiServer(KUBEADM)),
    "knows no other verb": onControlPlane(async (node) => {
        const { code, output } = await node.run("preflight", "api-server");
        assert.equal(code, 64);
        assert.match(output, /^cp1: error: unknown verb 'preflight'; expected ready; next: /);
    }),
});

describeInTurn("api-server.sh ready and the file that metrics-server verifies kubelets with", {
    "says what each control plane lacks of it, beside all else": onControlPlane(async (node) => {
        start(node, 100, apiServer(KUBEADM, { group: "/kubepods.slice/x" }));
        node.header["KUBELET_CA_FILE"] = "/etc/own/ca.crt";
        const run = await node.run("ready", "api-server");
        assert.equal(run.code, 0, run.output);
        assert.deepEqual(resultOf(run)["problems"], [
            "/etc/own/ca.crt on cp1 (metricsServer.kubeletCaHostPath) is no file; expected the CA certificates that kubelets are verified with, on each control plane; next: correct the path, or copy the file there",
        ]);
    }),
    "has nothing to say of one that everybody can read": onControlPlane(async (node) => {
        start(node, 100, apiServer(KUBEADM, { group: "/kubepods.slice/x" }));
        caFile(clusterCa().certificate)(node);
        const run = await node.run("ready", "api-server");
        assert.deepEqual(resultOf(run)["problems"], []);
    }),
});
