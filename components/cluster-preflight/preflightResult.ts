import { lastJsonLineIfAny } from "../ssh/lastJsonLine";

/** What the preflight says of a cluster that it has nothing against. */
export interface PreflightResult {
    kubernetesVersion: string;
    nodeCount: number;
}

/** The result from what the script printed. What has another form is nothing. */
export function preflightResult(stdout: string): PreflightResult {
    const { kubernetes, nodes } = lastJsonLineIfAny(stdout);
    return {
        kubernetesVersion:
            typeof kubernetes === "string" &&
            /^v1\.\d{1,3}\.\d{1,3}([-+][\w.+-]{1,60})?$/.test(kubernetes)
                ? kubernetes
                : "",
        nodeCount: Number.isInteger(nodes) ? (nodes as number) : 0,
    };
}
