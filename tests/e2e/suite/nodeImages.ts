import type { Cluster } from "../../cluster/harness";

/** Gives every node the images of an archive in the format of `docker save`. */
export async function importArchive(cluster: Cluster, archive: Buffer): Promise<void> {
    const input = archive.toString("base64");
    const command = "base64 -d | ctr --namespace=k8s.io images import -";
    for (const { name } of cluster.nodes) {
        await cluster.exec(name, ["sh", "-ec", command], { input });
    }
}

/** Takes an image from every node. */
export async function removeImage(cluster: Cluster, image: string): Promise<void> {
    for (const { name } of cluster.nodes) {
        await cluster.exec(name, ["ctr", "--namespace=k8s.io", "images", "rm", "--sync", image]);
    }
}
