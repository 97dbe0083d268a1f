import { Api, type Answer } from "../cluster/csr/api";
import type { Cluster } from "../cluster/harness";
import { adminCredential } from "../cluster/csr/lab";

/** What a client saw over a while. */
export interface Requests {
    total: number;
    failures: string[];
}

/** One request, and whether its answer is the one that was wanted. */
export interface Question {
    method: string;
    path: string;
    body?: object;
    isGood: (answer: Answer) => boolean;
}

/** Asks the API server for the metrics of all nodes, by default at 3 Hz, until it is stopped. */
export function askForMetrics(cluster: Cluster, milliseconds = 333): Promise<() => Requests> {
    const nodes: Question = {
        method: "GET",
        path: "/apis/metrics.k8s.io/v1beta1/nodes",
        isGood: ({ status, body }) => status === 200 && JSON.stringify(body).includes('"usage"'),
    };
    return askAgain(cluster, nodes, milliseconds);
}

/** Asks the API server the same question so often, until it is stopped. */
export async function askAgain(
    cluster: Cluster,
    { method, path, body, isGood }: Question,
    milliseconds: number,
): Promise<() => Requests> {
    const api = new Api(await adminCredential(cluster));
    const seen: Requests = { total: 0, failures: [] };
    const ask = async (): Promise<void> => {
        seen.total++;
        const answer = await api.send(method, path, body);
        if (!isGood(answer)) {
            throw new Error(`${answer.status} ${JSON.stringify(answer.body).slice(0, 200)}`);
        }
    };
    const timer = setInterval(() => {
        ask().catch((error: unknown) => {
            seen.failures.push(`${new Date().toISOString()} ${String(error)}`);
        });
    }, milliseconds);
    return () => {
        clearInterval(timer);
        return seen;
    };
}
