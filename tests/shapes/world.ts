import { kubelets, nodeApi, adminCredential } from "../cluster/csr/lab";
import { hostileRequests } from "../cluster/csr/hostile";
import { submit } from "../cluster/csr/trial";
import { Api } from "../cluster/csr/api";
import type { Cluster } from "../cluster/harness";

/** Sends the whole hostile suite with the credential of a worker; the names of the requests that the API server stored. */
export async function attack(cluster: Cluster): Promise<string[]> {
    // Those of an earlier run have the same names.
    await cluster.kubectl(["delete", "csr", "--all"]);
    const names = await kubelets(cluster);
    const roles = (role: string): typeof names => {
        const wanted = cluster.nodes
            .filter((node) => node.role === role)
            .map(({ nodeName }) => nodeName);
        return names.filter(({ node }) => wanted.includes(node));
    };
    const [own] = roles("worker");
    const [controlPlane, second] = roles("controlPlane");
    const other = roles("worker")[1] ?? second;
    if (own === undefined || other === undefined || controlPlane === undefined) {
        throw new Error("the hostile suite needs a worker, another node and a control plane");
    }
    const serviceAddress = await cluster.kubectl([
        "get",
        "service",
        "kubernetes",
        "-o",
        "jsonpath={.spec.clusterIP}",
    ]);
    const host = cluster.nodes.find(({ nodeName }) => nodeName === own.node)?.name ?? own.node;
    const thief = await nodeApi(cluster, await adminCredential(cluster), host);
    try {
        const world = { own, other, controlPlane, serviceAddress };
        return (await submit(thief, hostileRequests(world))).flatMap(({ name }) => name ?? []);
    } finally {
        thief.close();
    }
}

/** Which of these requests somebody has decided on. */
export async function decided(cluster: Cluster, names: string[]): Promise<string[]> {
    const admin = new Api(await adminCredential(cluster));
    try {
        return (await admin.list())
            .filter(({ status }) => (status.conditions ?? []).length > 0)
            .map(({ metadata }) => metadata.name)
            .filter((name) => names.includes(name));
    } finally {
        admin.close();
    }
}
