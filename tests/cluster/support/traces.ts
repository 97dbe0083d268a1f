import type { Cluster } from "../harness";

/**
 * Where a host keeps what lasts: every file by name, size, inode and time of its last change. Not so folders: the first look
 * into one changes it, where it is of an overlay. Transient units are sessions and containers, which come and go.
 */
const FILES = `
find /etc /root /home /opt /srv /usr/local /var/lib/kubernetes -xdev ! -type d -printf '%p %s %i %C@\\n' 2>/dev/null
find /var/lib/kubelet -maxdepth 1 -type f -printf '%p %s %i %C@\\n' 2>/dev/null
find /var/lib/kubelet/pki ! -type d -printf '%p %s %i %C@\\n' 2>/dev/null
ls -d /var/lib/secure-metrics-server* /run/secure-metrics-server* 2>/dev/null
systemctl list-unit-files --no-legend | awk '$2 != "transient" { print $1, $2 }'
systemctl show -p Id -p MainPID -p NRestarts kubelet kube-proxy kube-apiserver etcd containerd`;

/** Kinds that the package, or a kubelet that it changed, makes. */
const KINDS =
    "csr,clusterroles,clusterrolebindings,roles,rolebindings,serviceaccounts,secrets,configmaps,apiservices";

/** What a run could have changed, on each host and in the cluster: the same before and after means that it has not. */
export async function traces(cluster: Cluster): Promise<Record<string, string[]>> {
    const hosts = cluster.nodes.map(async ({ name }): Promise<[string, string[]]> => {
        const { stdout } = await cluster.exec(name, ["sh", "-c", `${FILES}\n:`]);
        return [name, stdout.split("\n").sort()];
    });
    const objects = cluster.kubectl(["get", KINDS, "--all-namespaces", "--output=name"]);
    return {
        ...Object.fromEntries(await Promise.all(hosts)),
        cluster: (await objects).split("\n").sort(),
    };
}
