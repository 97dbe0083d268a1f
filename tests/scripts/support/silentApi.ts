import type { Answer, FakeControlPlane } from "./controlPlane";

export const PROXY = "-v=8";
export const FIGURES = "get --raw /apis/metrics.k8s.io/v1beta1/nodes";
export const STAMPS = "get nodes.metrics.k8s.io";
export const UNAVAILABLE = {
    stderr: "Error from server (ServiceUnavailable): the server is currently unable to handle the request\n",
    code: 1,
};

/** A metrics API that does not answer, and how kubectl says so when it is asked for every detail. */
export function silent(node: FakeControlPlane, more: Record<string, Answer>): void {
    node.header = { INVENTORY: "cp1 10.0.0.11\nw1 10.0.0.12", METRICS_TIMEOUT: "0" };
    node.answers = {
        [PROXY]: UNAVAILABLE,
        [FIGURES]: UNAVAILABLE,
        "get apiservice": { stdout: "True Passed: all checks passed" },
        "get pods ": { stdout: "metrics-server-1 0/1 Running\n" },
        "logs ": {},
        ...more,
    };
}
