import type { Cluster } from "../harness";
import { BUDGETS, found, GiveUp, notYet, until } from "../harness/budgets";
import { kubernetesImages } from "../harness/versions";

/** Runs a pod that says its version, on any node, to its end, and returns what `kubectl logs` has of it. */
export async function runToEnd(cluster: Cluster, name: string): Promise<string> {
    const image = kubernetesImages(cluster.options.kubernetes).kubeScheduler;
    const container = {
        ...{ name, image, imagePullPolicy: "Never" },
        command: ["/usr/local/bin/kube-scheduler", "--version"],
    };
    const pod = {
        ...{ apiVersion: "v1", kind: "Pod", metadata: { name } },
        spec: { restartPolicy: "Never", containers: [container] },
    };
    // The namespace's ServiceAccount may be a moment late in a new cluster.
    await until(`pod ${name} to be taken`, BUDGETS.workload, async () =>
        found(await cluster.kubectl(["apply", "-f", "-"], { input: JSON.stringify(pod) })),
    );
    await until(`pod ${name} to end`, BUDGETS.workload, async () => {
        const phase = await cluster.kubectl(["get", "pod", name, "-o", "jsonpath={.status.phase}"]);
        if (phase === "Failed") {
            throw new GiveUp(await cluster.kubectl(["describe", "pod", name]));
        }
        return phase === "Succeeded" ? found(phase) : notYet(phase);
    });
    const said = await cluster.kubectl(["logs", name]);
    await cluster.kubectl(["delete", "pod", name]);
    return said;
}
