import { currentState } from "./changes";
import { lastingProblems } from "./kubernetes/health";
import { needsCgroupV1 } from "./kubernetes/kubeadmConfig";
import {
    allowCgroupV1,
    drained,
    restartKubelet,
    upgradeFirst,
    upgradeNode,
} from "./kubernetes/upgrade";
import { addImages, exchangePrograms } from "./node/exchange";
import { lowersOf } from "./node/nodes";
import { upgraded } from "./options";
import { ensureParts, ensurePrograms } from "./parts/ensureParts";
import { programsOn } from "./parts/nodeLayers";
import { progress, say } from "./progress";
import { requirements } from "./requirements";
import { type ClusterOptions, type ClusterState, type NodeRecord, writeState } from "./state";
import { KUBERNETES, type KubernetesMinor } from "./versions";

/**
 * Upgrades the running cluster to the next minor version of Kubernetes, in the order of kubeadm's documentation: node by node,
 * the first control plane first. What did not come to its end is continued by the same call.
 */
export async function upgrade(to: KubernetesMinor): Promise<void> {
    const before = currentState();
    const options = upgraded(before.options, to);
    await refuseBroken(before, to);
    refuseLacking(options);
    // All that takes long comes before the first change.
    const parts = await ensureParts(options);
    const { kubernetes: folder, ...others } = await ensurePrograms(options);
    const { version, etcd } = KUBERNETES[to];
    const done = progress(`upgrading the cluster to Kubernetes ${version}`);
    // From here on it is neither of the one version nor of the other.
    const state = writeState({ ...before, upgradingTo: to });
    await addImages(state.nodes, options, { kubernetes: folder, ...others });
    if (needsCgroupV1(options)) {
        await allowCgroupV1(state);
    }
    for (const [index, node] of inOrder(state).entries()) {
        await exchangePrograms(node, folder, ["kubeadm"]);
        await (index === 0 ? upgradeFirst(state, node, version) : upgradeNode(state, node));
        await drained(state, node, async () => {
            await exchangePrograms(node, folder, programsOn(node.role));
            await restartKubelet(state, node, version);
        });
        say(`${node.name} is upgraded`);
    }
    writeState({
        ...state,
        upgradingTo: undefined,
        options,
        versions: { ...state.versions, kubernetes: version, etcd },
        parts,
        // Their new programs are in their own layers.
        nodes: state.nodes.map((node) => ({ ...node, lowers: lowersOf(state, node) })),
    });
    done();
}

function inOrder({ nodes }: ClusterState): NodeRecord[] {
    const first = nodes.filter(({ role }) => role === "controlPlane");
    return [...first, ...nodes.filter((node) => !first.includes(node))];
}

async function refuseBroken(state: ClusterState, to: KubernetesMinor): Promise<void> {
    const { upgradingTo = to } = state;
    if (upgradingTo !== to) {
        throw new Error(`an upgrade to ${upgradingTo} has begun: it comes first`);
    }
    const wrong = await lastingProblems({ ...state, upgradingTo: undefined });
    if (wrong.length > 0) {
        throw new Error(`the cluster is not healthy enough for an upgrade: ${wrong.join(", ")}`);
    }
}

function refuseLacking(options: ClusterOptions): void {
    const lacks = requirements(options);
    if (lacks.length > 0) {
        throw new Error(`this machine cannot build the new version:\n${lacks.join("\n")}`);
    }
}
