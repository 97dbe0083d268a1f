import { BUDGETS, found, type Look, notYet, until } from "../budgets";
import { loadBalancerRuns } from "../loadBalancer/loadBalancer";
import { execute, initOf } from "../node/machine";
import { networkRuns } from "../network";
import { type ClusterState, hasLoadBalancer, type NodeRecord, withKubelet } from "../state";
import { kubectl } from "./kubectl";

/** What kubectl prints of a node, as far as it is used here. */
interface NodeList {
    items: {
        metadata: { name: string };
        status: { conditions: { type: string; status: string; lastHeartbeatTime: string }[] };
    }[];
}

/** What is wrong with a cluster, in plain words; empty when all is well. */
export async function problems(state: ClusterState): Promise<string[]> {
    const broken = breakage(state);
    if (broken.length > 0) {
        return broken;
    }
    try {
        const unready = await notReady(state);
        return unready.map((name) => `${name} is not Ready`);
    } catch {
        return ["the API server does not answer"];
    }
}

/** As `problems`, but a kubelet that was just restarted, or an API server, gets the time to come back. */
export async function lastingProblems(state: ClusterState): Promise<string[]> {
    let wrong: string[] = [];
    await until("the cluster to be healthy", BUDGETS.recovery, async () => {
        wrong = await problems(state);
        const hopeless = breakage(state).length > 0;
        return hopeless || wrong.length === 0 ? found(true) : notYet(wrong.join(", "));
    }).catch(() => undefined);
    return wrong;
}

/**
 * Waits until nodes are Ready and their kube-proxies have set up the services. Kubelets have to have said so since a moment, in
 * milliseconds, when it is given: a Node may say Ready from before.
 */
export async function untilReady(
    state: ClusterState,
    nodes: NodeRecord[],
    since = 0,
): Promise<void> {
    const names = nodes.map(({ name }) => name);
    await until(`${names.join(", ")} to be Ready`, BUDGETS.nodeReady, async () => {
        const unready = (await notReady(state, since)).filter((name) => names.includes(name));
        return unready.length === 0 ? found(true) : notYet(`not Ready: ${unready.join(", ")}`);
    });
    await Promise.all(names.map((name) => untilHealthy(name, "kube-proxy", "10256/healthz")));
}

/** Waits for a kubelet that has just been started. Its Node may still say Ready from before. */
export async function untilKubelet({ name }: NodeRecord): Promise<void> {
    await untilHealthy(name, "kubelet", "10248/healthz");
}

/** Waits for the API server. */
export async function untilApiServer(state: ClusterState): Promise<void> {
    await until("the API server", BUDGETS.health, async (): Promise<Look<true>> => {
        const answer = await kubectl(state, ["get", "--raw=/readyz"], { timeout: 10_000 });
        return answer === "ok" ? found(true) : notYet(answer);
    });
}

/** What does not mend itself. */
function breakage(state: ClusterState): string[] {
    const dead = state.nodes.filter(({ name }) => initOf(name) === undefined);
    return [
        ...(state.ready ? [] : ["it never came up completely"]),
        ...(state.upgradingTo === undefined
            ? []
            : [`its upgrade to ${state.upgradingTo} has not come to its end`]),
        ...(networkRuns() ? [] : ["its network is gone"]),
        ...(hasLoadBalancer(state.options) && !loadBalancerRuns()
            ? ["its load balancer is gone"]
            : []),
        ...dead.map(({ name }) => `${name} does not run`),
    ];
}

async function untilHealthy(name: string, what: string, portAndPath: string): Promise<void> {
    await until(`${name}'s ${what}`, BUDGETS.health, async () => {
        const url = `http://127.0.0.1:${portAndPath}`;
        const command = ["curl", "--silent", "--show-error", "--fail", "--max-time", "5", url];
        const { code, stderr } = await execute(name, command, { allowFailure: true });
        return code === 0 ? found(true) : notYet(stderr.trim());
    });
}

async function notReady(state: ClusterState, since = 0): Promise<string[]> {
    const list = ["get", "nodes", "--output=json", "--request-timeout=10s"];
    const { items } = JSON.parse(await kubectl(state, list)) as NodeList;
    const ready = items
        .filter(({ status }) =>
            status.conditions.some(
                ({ type, status, lastHeartbeatTime }) =>
                    type === "Ready" && status === "True" && Date.parse(lastHeartbeatTime) >= since,
            ),
        )
        .map(({ metadata }) => metadata.name);
    return withKubelet(state)
        .filter(({ nodeName }) => !ready.includes(nodeName))
        .map(({ name }) => name);
}
