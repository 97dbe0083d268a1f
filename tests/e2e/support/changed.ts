import type { Change } from "../../support/localStack";

/** What a run made or changed, sorted, each as "update name". What only went is left out. */
export function changed(changes: Change[]): string[] {
    const steps = changes.filter(({ op }) => ["create", "update", "replace"].includes(op));
    return steps.map(({ op, name }) => `${op} ${name}`).sort();
}

/** What changes when a CA of the program signs metrics-server's certificate anew, and nothing else. */
export const RENEWED_LEAF = [
    "replace metrics-metrics-server-tls",
    "replace metrics-serving-certificate-certificate",
    "update metrics-metrics",
    "update metrics-metrics-server-deployment",
];
