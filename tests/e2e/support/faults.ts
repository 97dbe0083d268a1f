import type { Cluster } from "../../cluster/harness";
import { found, notYet, until } from "../../cluster/harness/budgets";
import { kubelets } from "../../support/observe";

const CONFIG = "/var/lib/kubelet/config.yaml";
const DROP_IN = "/etc/systemd/system/kubelet.service.d/99-broken.conf";

/** Runs a script as root on a node; it has to succeed. */
export async function shell(cluster: Cluster, node: string, script: string): Promise<void> {
    await cluster.exec(node, ["sh", "-ec", script]);
}

/** The kubelet's configuration file, byte for byte. */
export async function configOf(cluster: Cluster, node: string): Promise<string> {
    return (await cluster.exec(node, ["cat", CONFIG])).stdout;
}

/** Writes the kubelet's configuration file and has the kubelet read it. */
export async function writeConfig(cluster: Cluster, node: string, text: string): Promise<void> {
    const write = `cat >${CONFIG}; systemctl restart kubelet`;
    await cluster.exec(node, ["sh", "-ec", write], { input: text });
}

/** From now on the kubelet does not start with serverTLSBootstrap on. */
export async function breakKubelet(cluster: Cluster, node: string): Promise<void> {
    const unit = `[Service]\nExecStartPre=/bin/sh -c '! grep -q "^serverTLSBootstrap: true" ${CONFIG}'\n`;
    await cluster.exec(
        node,
        [
            "sh",
            "-c",
            `mkdir -p "$(dirname ${DROP_IN})" && cat >${DROP_IN} && systemctl daemon-reload`,
        ],
        {
            input: unit,
        },
    );
}

/** Takes breakKubelet back. */
export async function mendKubelet(cluster: Cluster, node: string): Promise<void> {
    await cluster.exec(node, ["sh", "-c", `rm -f ${DROP_IN} && systemctl daemon-reload`]);
}

/** True when the kubelet runs and says that it is healthy. */
export async function healthy(cluster: Cluster, node: string): Promise<boolean> {
    const { code } = await cluster.exec(
        node,
        [
            "sh",
            "-c",
            "systemctl is-active kubelet && curl -fsS -m 5 http://127.0.0.1:10248/healthz",
        ],
        { allowFailure: true },
    );
    return code === 0;
}

/** Resolves when the kubelets of these nodes are healthy, within so many seconds. */
export async function untilHealthy(
    cluster: Cluster,
    nodes: string[],
    seconds: number,
): Promise<void> {
    const budget = { total: seconds * 1000, interval: 1000 };
    await until(`the kubelets of ${nodes.join(", ")} to be healthy`, budget, async () => {
        for (const node of nodes) {
            if (!(await healthy(cluster, node))) return notYet(`${node} is not`);
        }
        return found(undefined);
    });
}

/** Resolves when the node's kubelet has another main process than now. */
export async function whenRestarted(cluster: Cluster, node: string): Promise<void> {
    const before = (await kubelets(cluster))[node]?.pid;
    await until(`${node}'s kubelet to restart`, { total: 300_000, interval: 100 }, async () => {
        const pid = (await kubelets(cluster))[node]?.pid;
        return pid !== before ? found(undefined) : notYet(`still process ${pid ?? "none"}`);
    });
}

/** Kills every SSH session on a node, as a lost network would end it. */
export async function cutConnections(cluster: Cluster, node: string): Promise<void> {
    await cluster.exec(node, ["pkill", "-KILL", "-f", `sshd: ${cluster.sshUser}`], {
        allowFailure: true,
    });
}

/** Makes a kubelet ask for another serving certificate, as one that has none does. */
export async function askAnew(cluster: Cluster, node: string): Promise<void> {
    await cluster.exec(node, ["sh", "-c", "rm -f /var/lib/kubelet/pki/kubelet-server-*.pem"]);
    await cluster.exec(node, ["systemctl", "restart", "kubelet"]);
}

/** Takes the setting off a node, as somebody who edits the kubelet's configuration by hand. */
export async function loseSetting(cluster: Cluster, node: string): Promise<void> {
    await cluster.exec(node, ["sed", "-i", "/^serverTLSBootstrap:/d", CONFIG]);
    await cluster.exec(node, ["systemctl", "restart", "kubelet"]);
}
