import type { Cluster } from "../../cluster/harness";

/** Creates and deletes namespaces until it is stopped; then says which of them could not be deleted in time. */
export function churnNamespaces(cluster: Cluster): () => Promise<string[]> {
    const stuck: string[] = [];
    const control = { running: true };
    const loop = (async () => {
        for (let i = 0; control.running; i++) {
            const name = `churn-${i}`;
            try {
                await cluster.kubectl(["create", "namespace", name]);
                await cluster.kubectl(["delete", "namespace", name, "--wait", "--timeout=30s"]);
            } catch (error) {
                stuck.push(`${name}: ${String(error)}`);
            }
        }
    })();
    return async () => {
        control.running = false;
        await loop;
        return stuck;
    };
}
