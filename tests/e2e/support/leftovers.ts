import type { Cluster } from "../../cluster/harness";
import { BUDGETS, found, notYet, until } from "../../cluster/harness/budgets";

const LABELS = ["k8s-app=metrics-server", "app.kubernetes.io/part-of=secure-metrics-server"];

/** Everything of that name wherever the package may write, and what is in folders of that name. */
const LOOK = `
{
    find /etc /usr/local /opt -xdev -name '*secure-metrics-server*'
    find /var/lib /var/lib/kubelet /run -maxdepth 1 -name '*secure-metrics-server*'
} 2>/dev/null | while IFS= read -r path; do find "$path" 2>/dev/null; done | sort -u`;

/** Files that may stay on a node, by their paths. */
export type Allowed = RegExp[];

/** An empty file that goes with the next boot: whoever removed it could let two runs in at once. */
const ALWAYS: Allowed = [/^\/run\/secure-metrics-server\.lock$/];

/** What a node remembers of its own kubelet, so that a later stack can still put it back: `onRemove: retain`, the default. */
export const KEPT_BY_RETAIN: Allowed = [
    /^\/var\/lib\/secure-metrics-server$/,
    /^\/var\/lib\/secure-metrics-server\/kubelet(\/(backup|previous|started))?$/,
    /^\/var\/lib\/secure-metrics-server\/scripts(\/kubelet-[0-9a-f]{64})?$/,
];

/** What is left of the package: objects of any kind in the cluster, and on every node files that are not allowed to stay. */
export async function leftovers(cluster: Cluster, allowed: Allowed = []): Promise<string[]> {
    const objects = await objectsLeft(cluster);
    const files = cluster.nodes.map(({ name }) => filesLeft(cluster, name, allowed));
    return [...objects, ...(await Promise.all(files)).flat()];
}

/** The package's files on one node that are not allowed to stay. */
export async function filesLeft(
    cluster: Cluster,
    node: string,
    allowed: Allowed = [],
): Promise<string[]> {
    const paths = linesOf((await cluster.exec(node, ["sh", "-c", LOOK])).stdout);
    const may = [...ALWAYS, ...allowed];
    return paths
        .filter((path) => !may.some((pattern) => pattern.test(path)))
        .map((path) => `${node}: ${path}`);
}

/** What carries one of the package's labels, once the garbage collector has had time for what belonged to it. */
async function objectsLeft(cluster: Cluster): Promise<string[]> {
    const last: { look?: string[] } = {};
    try {
        return await until("objects to be gone", BUDGETS.recovery, async () => {
            last.look = await labelled(cluster);
            return last.look.length === 0 ? found([]) : notYet(last.look.join(", "));
        });
    } catch (error) {
        if (last.look === undefined) throw error;
        return last.look;
    }
}

async function labelled(cluster: Cluster): Promise<string[]> {
    const resources = ["api-resources", "--verbs=list,delete", "-o", "name"];
    const kinds = linesOf(await cluster.kubectl(resources)).join(",");
    const lists = await Promise.all(
        LABELS.map((label) => cluster.kubectl(["get", kinds, "-A", "-l", label, "-o", "name"])),
    );
    return [...new Set(lists.flatMap(linesOf))];
}

function linesOf(text: string): string[] {
    return text.split("\n").filter((line) => line.trim() !== "");
}
