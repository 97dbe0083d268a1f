import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../../cluster/harness";
import { BUDGETS, found, notYet, until } from "../../cluster/harness/budgets";
import { ensurePart } from "../../cluster/harness/parts/part";
import { ARCHIVE, certManager, DEFINITIONS, IMAGE, VERSION } from "./part";

const NAMESPACE = "cert-manager";
export const CAINJECTOR = "cert-manager-cainjector";
const CONTROLLER = "cert-manager";
const DEFINED = ["certificaterequests", "certificates", "clusterissuers", "issuers"].map(
    (plural) => `cert-manager.io_${plural}.yaml`,
);

/** cert-manager as its manifests install it, without its webhook: its own program, its definitions, the labels of its Deployments. */
export async function installCertManager(cluster: Cluster): Promise<void> {
    const folder = await ensurePart(certManager);
    const place = placeOf(cluster);
    const archive = readFileSync(join(folder, ARCHIVE)).toString("base64");
    const load = "base64 -d | ctr --namespace=k8s.io images import -";
    await cluster.exec(place.name, ["sh", "-ec", load], { input: archive });
    for (const file of DEFINED) {
        const path = join(folder, DEFINITIONS, file);
        await cluster.kubectl(["apply", "--server-side", "-f", path]);
    }
    const objects = [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: NAMESPACE } },
        {
            apiVersion: "v1",
            kind: "ServiceAccount",
            metadata: { name: CONTROLLER, namespace: NAMESPACE },
        },
        {
            apiVersion: "rbac.authorization.k8s.io/v1",
            kind: "ClusterRoleBinding",
            metadata: { name: CONTROLLER },
            roleRef: {
                apiGroup: "rbac.authorization.k8s.io",
                kind: "ClusterRole",
                name: "cluster-admin",
            },
            subjects: [{ kind: "ServiceAccount", name: CONTROLLER, namespace: NAMESPACE }],
        },
        deployment(CONTROLLER, "controller", place.nodeName),
        deployment(CAINJECTOR, "cainjector", place.nodeName),
    ];
    const list = { apiVersion: "v1", kind: "List", items: objects };
    await cluster.kubectl(["apply", "-f", "-"], { input: JSON.stringify(list) });
    await rolledOut(cluster, CONTROLLER);
    await rolledOut(cluster, CAINJECTOR);
}

/** Issuers of kube-system, each with its name and what it is. */
export async function makeIssuers(cluster: Cluster, specs: Record<string, object>): Promise<void> {
    const items = Object.entries(specs).map(([name, spec]) => ({
        apiVersion: "cert-manager.io/v1",
        kind: "Issuer",
        metadata: { name, namespace: "kube-system" },
        spec,
    }));
    const input = JSON.stringify({ apiVersion: "v1", kind: "List", items });
    await cluster.kubectl(["apply", "-f", "-"], { input });
}

/** Ends cainjector's pods and starts none, or starts them again. */
export async function scaleCainjector(cluster: Cluster, replicas: number): Promise<void> {
    const scale = ["scale", "deployment", CAINJECTOR, "-n", NAMESPACE, `--replicas=${replicas}`];
    await cluster.kubectl(scale);
    if (replicas > 0) {
        await rolledOut(cluster, CAINJECTOR);
        return;
    }
    await until("cainjector's end", BUDGETS.workload, async () => {
        const pods = [
            "get",
            "pods",
            "-n",
            NAMESPACE,
            "-l",
            "app.kubernetes.io/component=cainjector",
        ];
        const left = await cluster.kubectl([...pods, "-o", "name"]);
        return left.trim() === "" ? found(undefined) : notYet(left);
    });
}

/** The image is on one node only. */
function placeOf(cluster: Cluster): { name: string; nodeName: string } {
    const place = cluster.nodes.find(({ role }) => role !== "controlPlane") ?? cluster.nodes[0];
    if (place === undefined) {
        throw new Error("the cluster has no node");
    }
    return place;
}

function deployment(name: string, component: string, node: string): object {
    const labels = {
        "app.kubernetes.io/name": component === "controller" ? NAMESPACE : component,
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/version": VERSION,
    };
    return {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: { name, namespace: NAMESPACE, labels },
        spec: {
            selector: { matchLabels: { "app.kubernetes.io/component": component } },
            template: {
                metadata: { labels },
                spec: {
                    serviceAccountName: CONTROLLER,
                    nodeSelector: { "kubernetes.io/hostname": node },
                    tolerations: [{ operator: "Exists" }],
                    containers: [
                        {
                            name: component,
                            image: IMAGE,
                            imagePullPolicy: "Never",
                            args: [component],
                        },
                    ],
                },
            },
        },
    };
}

async function rolledOut(cluster: Cluster, name: string): Promise<void> {
    const seconds = BUDGETS.workload.total / 1000;
    const status = [
        "rollout",
        "status",
        "deployment",
        name,
        "-n",
        NAMESPACE,
        `--timeout=${seconds}s`,
    ];
    await cluster.kubectl(status, { timeout: BUDGETS.workload.total });
}
