import { createHash, randomBytes, X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { BUDGETS } from "../budgets";
import { execute } from "../node/machine";
import { nodeLog, STATE } from "../paths";
import type { ClusterState, NodeRecord } from "../state";
import { IGNORED_CHECKS, initConfig, joinConfig } from "./kubeadmConfig";

const CONFIG = "/etc/kubernetes/kubeadm.json";
const PROXY_KUBECONFIG = "/etc/kubernetes/kube-proxy.conf";

/** Makes the control plane with `kubeadm init` and takes the administrator's kubeconfig. Returns a token for joining. */
export async function initialize(state: ClusterState, node: NodeRecord): Promise<string> {
    const token = `${randomBytes(3).toString("hex")}.${randomBytes(8).toString("hex")}`;
    await kubeadm(node, "init", initConfig(state.options, token));
    const { stdout } = await execute(node.name, ["cat", "/etc/kubernetes/admin.conf"]);
    writeFileSync(STATE.kubeconfig, stdout, { mode: 0o600 });
    return token;
}

/** A new token for joining. */
export async function createToken(controlPlane: NodeRecord): Promise<string> {
    const { stdout } = await execute(controlPlane.name, ["kubeadm", "token", "create"]);
    return stdout.trim();
}

/** Makes a node a worker with `kubeadm join`, which checks that it joins this very cluster. */
export async function join(node: NodeRecord, token: string): Promise<void> {
    await kubeadm(node, "join", joinConfig(node.ip, token, caCertHash()));
}

async function kubeadm(node: NodeRecord, verb: "init" | "join", config: string): Promise<void> {
    await execute(node.name, ["tee", CONFIG], { input: config });
    const args = [`--config=${CONFIG}`, `--ignore-preflight-errors=${IGNORED_CHECKS}`];
    await execute(node.name, ["kubeadm", verb, ...args], {
        log: nodeLog(node.name),
        timeout: BUDGETS.kubeadm.total,
    });
    // It holds the token.
    await execute(node.name, ["rm", CONFIG]);
}

/** The CA's public key as kubeadm pins it, from the administrator's kubeconfig. */
function caCertHash(): string {
    const kubeconfig = readFileSync(STATE.kubeconfig, "utf8");
    const encoded = /certificate-authority-data: (\S+)/.exec(kubeconfig)?.[1] ?? "";
    const { publicKey } = new X509Certificate(Buffer.from(encoded, "base64"));
    const key = publicKey.export({ type: "spki", format: "der" });
    return `sha256:${createHash("sha256").update(key).digest("hex")}`;
}

/** Makes a kubeconfig for the user that Kubernetes allows to be a kube-proxy. */
export async function proxyKubeconfig(controlPlane: NodeRecord): Promise<string> {
    const command = ["kubeadm", "kubeconfig", "user", "--client-name=system:kube-proxy"];
    const { stdout } = await execute(controlPlane.name, command);
    return stdout;
}

/** Starts a node's kube-proxy. Its unit starts with the node from then on, as its kubeconfig is there. */
export async function startProxy(node: NodeRecord, kubeconfig: string): Promise<void> {
    const write = `umask 077 && cat >${PROXY_KUBECONFIG}`;
    await execute(node.name, ["sh", "-c", write], { input: kubeconfig });
    await execute(node.name, ["systemctl", "start", "kube-proxy.service"]);
}
