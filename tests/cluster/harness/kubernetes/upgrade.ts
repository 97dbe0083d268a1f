import { BUDGETS, found, notYet, until } from "../budgets";
import { execute } from "../node/machine";
import { nodeLog } from "../paths";
import type { ClusterState, NodeRecord } from "../state";
import { untilApiServer, untilKubelet, untilReady } from "./health";
import { runKubeadm } from "./kubeadm";
import { IGNORED_CHECKS } from "./kubeadmConfig";
import { kubectl } from "./kubectl";

/** Two checks look at CoreDNS, and take a cluster without it for one with a version that they do not know. */
const IGNORE = `--ignore-preflight-errors=${IGNORED_CHECKS},CoreDNSUnsupportedPlugins,CoreDNSMigration`;

const KUBELET_CONFIG = ["configmap", "kubelet-config", "--namespace=kube-system"];

/**
 * Upgrades the control plane of the first node that is upgraded, and what kubeadm keeps in the cluster. kube-proxy and CoreDNS
 * are not to be skipped: the cluster's own configuration says that kubeadm does not have them.
 */
export async function upgradeFirst(
    state: ClusterState,
    node: NodeRecord,
    version: string,
): Promise<void> {
    await runKubeadm(node, ["upgrade", "apply", `v${version}`, "--yes", IGNORE]);
    await untilApiServer(state);
}

/** Upgrades another control plane, or the kubelet's configuration of a worker. */
export async function upgradeNode(state: ClusterState, node: NodeRecord): Promise<void> {
    await runKubeadm(node, ["upgrade", "node", IGNORE]);
    await untilApiServer(state);
}

/**
 * Does something with a node while none of its pods run but those that have to. Pods lose what they keep in an emptyDir, which
 * is what metrics-server's are asked about.
 */
export async function drained(
    state: ClusterState,
    { nodeName }: NodeRecord,
    act: () => Promise<void>,
): Promise<void> {
    const { total } = BUDGETS.workload;
    const flags = ["--ignore-daemonsets", "--delete-emptydir-data", `--timeout=${total / 1000}s`];
    await kubectl(state, ["drain", nodeName, ...flags]);
    await act();
    // kubeadm's last change of a static pod may restart the API server only now.
    await until(`${nodeName} to take pods again`, BUDGETS.recovery, async () =>
        found(await kubectl(state, ["uncordon", nodeName])),
    );
}

/** Restarts what runs of the node's new programs. Done when the node is Ready and tells the new version. */
export async function restartKubelet(
    state: ClusterState,
    node: NodeRecord,
    version: string,
): Promise<void> {
    const log = nodeLog(node.name);
    await execute(node.name, ["systemctl", "daemon-reload"], { log });
    await execute(node.name, ["systemctl", "restart", "kubelet", "kube-proxy"], { log });
    await untilKubelet(node);
    const jsonpath = "--output=jsonpath={.status.nodeInfo.kubeletVersion}";
    await until(`${node.name} to tell its version`, BUDGETS.nodeReady, async () => {
        const told = await kubectl(state, ["get", "node", node.nodeName, jsonpath]);
        return told === `v${version}` ? found(true) : notYet(told);
    });
    await untilReady(state, [node]);
}

/**
 * Has kubelets live with version 1 of control groups, in the configuration that kubeadm gives them. Whoever comes from a
 * kubelet that took them unasked has to do that before the upgrade.
 */
export async function allowCgroupV1(state: ClusterState): Promise<void> {
    const jsonpath = "--output=jsonpath={.data.kubelet}";
    const text = await kubectl(state, ["get", ...KUBELET_CONFIG, jsonpath]);
    if (/^failCgroupV1:/m.test(text)) {
        return;
    }
    const patch = { data: { kubelet: `${text.trimEnd()}\nfailCgroupV1: false\n` } };
    await kubectl(state, ["patch", ...KUBELET_CONFIG, `--patch=${JSON.stringify(patch)}`]);
}
