import type { Cluster } from "../../cluster/harness";

const KINDS =
    "all,secret,cm,sa,clusterrole,clusterrolebinding,rolebinding,apiservice,poddisruptionbudget";
const FOLDERS = "/etc/systemd/system /usr/local/lib /etc";

/** What is left of the package in the cluster and on the control plane, but for what a node remembers of itself. */
export async function leftovers(cluster: Cluster): Promise<string[]> {
    const selector = ["-l", "k8s-app=metrics-server", "-o", "name"];
    const objects = await cluster.kubectl(["get", KINDS, "-A", ...selector]);
    const look = `ls ${FOLDERS} | grep secure-metrics-server || true`;
    const files = (await cluster.exec("cp1", ["sh", "-c", look])).stdout;
    return `${objects}\n${files}`.split("\n").filter((line) => line.trim() !== "");
}
