import type { Cluster } from "../../cluster/harness";

const KINDS =
    "all,secret,cm,sa,clusterrole,clusterrolebinding,role,rolebinding,apiservice,poddisruptionbudget";
const FOLDERS = "/etc/systemd/system /usr/local/lib /etc";

/** What is left of the package in the cluster and on the control plane, but for what a node remembers of itself. */
export async function leftovers(cluster: Cluster): Promise<string[]> {
    const labelled = (label: string): Promise<string> =>
        cluster.kubectl(["get", KINDS, "-A", "-l", label, "-o", "name"]);
    const objects = [
        await labelled("k8s-app=metrics-server"),
        await labelled("app.kubernetes.io/part-of=secure-metrics-server"),
    ].join("\n");
    const approver = "ls -d /var/lib/secure-metrics-server/approver 2>/dev/null";
    const look = `{ ls ${FOLDERS} | grep secure-metrics-server; ${approver}; } || true`;
    const files = (await cluster.exec("cp1", ["sh", "-c", look])).stdout;
    return `${objects}\n${files}`.split("\n").filter((line) => line.trim() !== "");
}
