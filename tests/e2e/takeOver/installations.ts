import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Cluster } from "../../cluster/harness";
import { BUDGETS, found, notYet, until } from "../../cluster/harness/budgets";
import { run } from "../../cluster/harness/run";
import { VERSIONS } from "../../cluster/harness/versions";
import { go, writeMainModule } from "../../support/goModule";
import { TestStack } from "../support/stack";

const MODULE = { path: "sigs.k8s.io/metrics-server", version: `v${VERSIONS.metricsServer}` };
const INSECURE = "--kubelet-insecure-tls";

/** A metrics-server as somebody installs it; the program behind it is the one that the nodes have. */
export type Installation = (cluster: Cluster) => Promise<void>;

/** metrics-server's module, which has its manifests and its chart. */
async function module(): Promise<string> {
    const folder = mkdtempSync(join(tmpdir(), "metrics-server-module-"));
    try {
        await writeMainModule(folder, MODULE);
        return (await go(folder, "list", "-mod=mod", "-m", "-f", "{{.Dir}}", MODULE.path)).trim();
    } finally {
        rmSync(folder, { recursive: true, force: true });
    }
}

/** What `kubectl apply -f components.yaml` applies, changed as most clusters do, and as earlier releases were. */
export function manifest(change: (text: string) => string = (text) => text): Installation {
    return async (cluster) => {
        const overlay = join(await module(), "manifests", "overlays", "release");
        const { stdout } = await run(cluster.kubectlPath, ["kustomize", overlay]);
        const insecure = stdout.replace(/^( *)- --cert-dir=\/tmp$/m, `$&\n$1- ${INSECURE}`);
        await cluster.kubectl(["apply", "-f", "-"], { input: change(insecure) });
    };
}

/** 0.6.4: another port, and neither appProtocol nor seccompProfile. */
export const as064 = (text: string): string =>
    text
        .replaceAll("10250", "4443")
        .replace(/^ *- appProtocol: https\n( *) {2}name/m, "$1- name")
        .replace(/^ *seccompProfile:\n.*\n/m, "");

/** 0.7.2: that port again, and a Service that names it by its number. */
export const as072 = (text: string): string =>
    text.replace("targetPort: https", "targetPort: 10250");

/** kubespray's: labels of its own, the one of an addon manager, and a folder on the control plane. */
export const kubespray: Installation = async (cluster) => {
    await manifest((text) =>
        text.replaceAll(
            /^( *)k8s-app: metrics-server$/gm,
            "$1app.kubernetes.io/name: metrics-server\n$1version: v0.7.2",
        ),
    )(cluster);
    const objects = ["deployment/metrics-server", "service/metrics-server"];
    const label = "addonmanager.kubernetes.io/mode=Reconcile";
    await cluster.kubectl(["label", "-n", "kube-system", ...objects, label]);
    await cluster.exec("cp1", ["mkdir", "-p", "/etc/kubernetes/addons/metrics_server"]);
};

/** A release of Helm's, made by the Kubernetes provider, which has Helm in it. */
export const chart: Installation = async (cluster) => {
    const program = join(__dirname, "..", "programs", "chart");
    const stack = await TestStack.create(cluster, "chart", {}, program);
    try {
        await stack.set("chart", join(await module(), "charts", "metrics-server"));
        await stack.set("tag", `v${VERSIONS.metricsServer}`);
        const { error } = await stack.up();
        if (error !== undefined) throw new Error(error);
    } finally {
        stack.remove();
    }
};

/** Installs it, and waits until it has seen all nodes. */
export async function install(cluster: Cluster, installation: Installation): Promise<void> {
    await installation(cluster);
    await until("metrics of all nodes", BUDGETS.workload, async () => {
        const answer = await cluster.kubectl(["get", "--raw=/apis/metrics.k8s.io/v1beta1/nodes"]);
        const { items } = JSON.parse(answer) as { items: unknown[] };
        return items.length === cluster.nodes.length ? found(true) : notYet(answer);
    });
}
