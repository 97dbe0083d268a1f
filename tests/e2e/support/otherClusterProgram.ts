/** What is done with another cluster than this process's own: `up`, `look` or `down`. The environment says which one is meant. */
import { writeSync } from "node:fs";
import { down, up } from "../../cluster/harness";
import { kubelets } from "../../support/observe";
import { leftovers } from "./leftovers";
import type { Look } from "./otherCluster";

async function main(verb: string | undefined): Promise<Look | undefined> {
    if (verb === "down") {
        await down();
        return undefined;
    }
    const cluster = await up({ workers: 0 });
    const uid = ["get", "namespace", "kube-system", "-o", "jsonpath={.metadata.uid}"];
    return {
        kubeconfig: cluster.kubeconfig,
        uid: (await cluster.kubectl(uid)).trim(),
        kubelets: await kubelets(cluster),
        leftovers: await leftovers(cluster),
    };
}

void main(process.argv[2]).then((look) => {
    // On a descriptor of its own: the driver tells on the others how far it is.
    writeSync(3, JSON.stringify(look ?? null));
});
