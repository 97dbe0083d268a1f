import { writeFileSync } from "node:fs";
import { untilApiServer } from "../kubernetes/health";
import { apiEndpoint } from "../kubernetes/kubeadmConfig";
import { kubectl } from "../kubernetes/kubectl";
import { startLoadBalancer } from "../loadBalancer/loadBalancer";
import { STATE } from "../paths";
import { say } from "../progress";
import { type ClusterState, hasLoadBalancer, type NodeRecord } from "../state";
import { type ControlPlane, controlPlaneFiles, controlPlaneUnits } from "./controlPlane";
import { enableUnits, writeHostFiles } from "./hostFiles";
import { kubeconfig } from "./kubeconfig";
import { apiServerPair, componentPair, kubeletPair, makePki, type Pki, readPki } from "./pki";
import { WORKER_UNITS, workerFiles } from "./worker";

/** Makes a cluster of hosts that have booted, without kubeadm. Workers are registered afterwards, not yet Ready. */
export async function makeHardWay(state: ClusterState): Promise<void> {
    const pki = await makePki();
    const admin = kubeconfig(serverOf(state), pki.ca.certificate, "admin", pki.admin);
    writeFileSync(STATE.kubeconfig, admin, { mode: 0o600 });
    if (hasLoadBalancer(state.options)) {
        await startLoadBalancer(state, pki.ca.certificate);
    }
    for (const plane of await controlPlanes(state, pki)) {
        await startControlPlane(state, plane);
    }
    await kubectl(state, ["apply", "-f", "-"], { input: JSON.stringify(TO_KUBELETS) });
    say("the control plane runs");
    const workers = state.nodes.filter(({ role }) => role === "worker");
    await Promise.all(workers.map((worker) => startWorker(state, worker, pki)));
    say("the kubelets run");
}

/** Makes a booted host a worker of the running cluster. */
export function joinHardWay(state: ClusterState, node: NodeRecord): Promise<void> {
    return startWorker(state, node, readPki());
}

async function startControlPlane(state: ClusterState, plane: ControlPlane): Promise<void> {
    await writeHostFiles(plane.host.name, controlPlaneFiles(plane));
    const units = Object.keys(controlPlaneUnits(plane));
    const api = units.indexOf("kube-apiserver.service") + 1;
    await enableUnits(plane.host.name, units.slice(0, api));
    // The others would give up without it, and come back only after some seconds.
    await untilApiServer(state);
    await enableUnits(plane.host.name, units.slice(api));
}

async function startWorker(state: ClusterState, node: NodeRecord, pki: Pki): Promise<void> {
    const files = workerFiles({
        name: node.name,
        server: serverOf(state),
        options: state.options,
        pki,
        kubelet: await kubeletPair(pki.ca, node),
    });
    await writeHostFiles(node.name, files);
    await enableUnits(node.name, Object.keys(WORKER_UNITS));
}

async function controlPlanes(state: ClusterState, pki: Pki): Promise<ControlPlane[]> {
    const hosts = hostsOf(state);
    const [etcdHost] = hosts;
    if (etcdHost === undefined) {
        throw new Error("a cluster needs a control plane");
    }
    return Promise.all(
        hosts.map(async (host) => {
            const [apiServer, scheduler, controllerManager] = await Promise.all([
                apiServerPair(pki.ca, host),
                componentPair(pki.ca, "kube-scheduler"),
                componentPair(pki.ca, "kube-controller-manager"),
            ]);
            return {
                ...{ host, etcdHost, isAlone: hosts.length === 1, options: state.options, pki },
                ...{ apiServer, scheduler, controllerManager },
            };
        }),
    );
}

function hostsOf(state: ClusterState): NodeRecord[] {
    return state.nodes.filter(({ role }) => role === "controlPlane");
}

/** What workers and this machine take the API to be at. */
function serverOf({ options }: ClusterState): string {
    return `https://${apiEndpoint(options)}`;
}

/** What the API server may ask kubelets, by the name in its certificate: nothing else gives it that. */
const TO_KUBELETS = {
    apiVersion: "v1",
    kind: "List",
    items: [
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRole",
            metadata: { name: "system:kube-apiserver-to-kubelet" },
            rules: [
                {
                    apiGroups: [""],
                    resources: ["proxy", "stats", "log", "spec", "metrics"].map(
                        (part) => `nodes/${part}`,
                    ),
                    verbs: ["*"],
                },
            ],
        },
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRoleBinding",
            metadata: { name: "system:kube-apiserver" },
            roleRef: {
                apiGroup: "rbac.authorization.k8s.io",
                kind: "ClusterRole",
                name: "system:kube-apiserver-to-kubelet",
            },
            subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: "kubernetes" }],
        },
    ],
};
