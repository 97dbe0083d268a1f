import { Api } from "../cluster/csr/api";
import type { Cluster } from "../cluster/harness";
import { adminCredential } from "../cluster/csr/lab";

/** What a client saw over a while. */
export interface Requests {
    total: number;
    failures: string[];
}

/** Asks the API server for the metrics of all nodes, by default at 3 Hz, until it is stopped. */
export async function askForMetrics(cluster: Cluster, milliseconds = 333): Promise<() => Requests> {
    const api = new Api(await adminCredential(cluster));
    const seen: Requests = { total: 0, failures: [] };
    const ask = async (): Promise<void> => {
        seen.total++;
        const { status, body } = await api.send("GET", "/apis/metrics.k8s.io/v1beta1/nodes");
        const text = JSON.stringify(body);
        if (status !== 200 || !text.includes('"usage"')) {
            throw new Error(`${status} ${text.slice(0, 200)}`);
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
