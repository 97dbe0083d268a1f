import { createHash, randomBytes, X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { BUDGETS } from "../budgets";
import { execute } from "../node/machine";
import { nodeLog, STATE } from "../paths";
import type { Result } from "../run";
import { startLoadBalancer } from "../loadBalancer/loadBalancer";
import { type ClusterState, hasLoadBalancer, type NodeRecord } from "../state";
import {
    clientConfig,
    IGNORED_CHECKS,
    initConfig,
    joinConfig,
    type JoinSecrets,
} from "./kubeadmConfig";

const CONFIG = "/etc/kubernetes/kubeadm.json";
const IGNORE = `--ignore-preflight-errors=${IGNORED_CHECKS}`;
const PROXY_KUBECONFIG = "/etc/kubernetes/kube-proxy.conf";

/**
 * Makes the first control plane with `kubeadm init`, behind the load balancer where there is to be one, and takes the
 * administrator's kubeconfig. Returns what it takes to join.
 */
export async function initialize(state: ClusterState, node: NodeRecord): Promise<JoinSecrets> {
    const secrets = {
        token: `${randomBytes(3).toString("hex")}.${randomBytes(8).toString("hex")}`,
        certificateKey: randomBytes(32).toString("hex"),
    };
    const config = initConfig(state.options, node, secrets);
    if (hasLoadBalancer(state.options)) {
        // It verifies the API servers: so the CA comes first, and kubeadm goes on from there.
        await kubeadm(node, ["init", "phase", "certs", "ca"], config);
        await startLoadBalancer(state, await read(node, "/etc/kubernetes/pki/ca.crt"));
        await kubeadm(node, ["init", IGNORE, "--upload-certs"], config);
    } else {
        await kubeadm(node, ["init", IGNORE], config);
    }
    const kubeconfig = await read(node, "/etc/kubernetes/admin.conf");
    writeFileSync(STATE.kubeconfig, kubeconfig, { mode: 0o600 });
    return secrets;
}

/** A new token for joining as a worker. */
export async function createToken(controlPlane: NodeRecord): Promise<string> {
    const { stdout } = await execute(controlPlane.name, ["kubeadm", "token", "create"]);
    return stdout.trim();
}

/** Makes a node a worker, or one more control plane, with `kubeadm join`, which checks that it joins this very cluster. */
export async function join(
    state: ClusterState,
    node: NodeRecord,
    secrets: JoinSecrets,
): Promise<void> {
    const config = joinConfig(state.options, node, { ...secrets, caCertHash: caCertHash() });
    await kubeadm(node, ["join", IGNORE], config);
}

async function kubeadm(node: NodeRecord, command: string[], config: string): Promise<Result> {
    await execute(node.name, ["tee", CONFIG], { input: config });
    const result = await runKubeadm(node, [...command, `--config=${CONFIG}`]);
    // It holds the token.
    await execute(node.name, ["rm", CONFIG]);
    return result;
}

/** Runs the kubeadm that the node has at the moment. */
export async function runKubeadm(node: NodeRecord, command: string[]): Promise<Result> {
    return execute(node.name, ["kubeadm", ...command], {
        log: nodeLog(node.name),
        timeout: BUDGETS.kubeadm.total,
    });
}

async function read(node: NodeRecord, file: string): Promise<string> {
    const { stdout } = await execute(node.name, ["cat", file]);
    return stdout;
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
export async function proxyKubeconfig(state: ClusterState, node: NodeRecord): Promise<string> {
    const command = ["kubeconfig", "user", "--client-name=system:kube-proxy"];
    const { stdout } = await kubeadm(node, command, clientConfig(state.options, node));
    return stdout;
}

/** Starts a node's kube-proxy. Its unit starts with the node from then on, as its kubeconfig is there. */
export async function startProxy(node: NodeRecord, kubeconfig: string): Promise<void> {
    const write = `umask 077 && cat >${PROXY_KUBECONFIG}`;
    await execute(node.name, ["sh", "-c", write], { input: kubeconfig });
    await execute(node.name, ["systemctl", "start", "kube-proxy.service"]);
}
