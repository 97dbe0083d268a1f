import type { Cluster } from "../harness";

export type KubernetesObject = Record<string, unknown> & {
    kind: string;
    metadata: { name: string; namespace?: string };
};

/** Applies what a component registered. An object without a name gets one, as the provider would give it. */
export async function applyObject(
    cluster: Cluster,
    name: string,
    inputs: Record<string, unknown>,
): Promise<KubernetesObject> {
    const metadata = { name: `${name}-test`, ...(inputs["metadata"] as object) };
    const object = { ...inputs, metadata } as unknown as KubernetesObject;
    await cluster.kubectl(["create", "-f", "-"], { input: JSON.stringify(object) });
    if (object.kind === "Deployment") {
        const { name: deployment, namespace = "default" } = object.metadata;
        await cluster.kubectl([
            ...["rollout", "status", "deployment", deployment, "-n", namespace, "--timeout=300s"],
        ]);
    }
    return object;
}

/** Deletes what applyObject made. */
export async function deleteObject(cluster: Cluster, object: KubernetesObject): Promise<void> {
    await cluster.kubectl(["delete", "--wait=true", "--ignore-not-found", "-f", "-"], {
        input: JSON.stringify(object),
    });
}
