import type { Cluster } from "../../cluster/harness";
import { kubernetesImages } from "../../cluster/harness/versions";
import { BUDGETS, found, notYet, until } from "../../cluster/harness/budgets";

const NAME = "scaled";
const LABELS = { app: NAME };

/** A Deployment that an autoscaler makes as big as it may, as long as it gets figures. */
export class Autoscaler {
    constructor(private readonly cluster: Cluster) {}

    async create(): Promise<void> {
        const container = {
            name: NAME,
            image: kubernetesImages(this.cluster.options.kubernetes).pause,
            resources: { requests: { memory: "1Mi" } },
        };
        const items = [
            {
                apiVersion: "apps/v1",
                kind: "Deployment",
                metadata: { name: NAME },
                spec: {
                    selector: { matchLabels: LABELS },
                    template: { metadata: { labels: LABELS }, spec: { containers: [container] } },
                },
            },
            {
                apiVersion: "autoscaling/v2",
                kind: "HorizontalPodAutoscaler",
                metadata: { name: NAME },
                spec: {
                    scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: NAME },
                    minReplicas: 1,
                    maxReplicas: 2,
                    metrics: [
                        {
                            type: "Resource",
                            resource: {
                                name: "memory",
                                target: { type: "AverageValue", averageValue: "1Ki" },
                            },
                        },
                    ],
                },
            },
        ];
        const list = JSON.stringify({ apiVersion: "v1", kind: "List", items });
        await this.cluster.kubectl(["apply", "-n", "default", "-f", "-"], { input: list });
    }

    /** Allows more pods. */
    async allow(maxReplicas: number): Promise<void> {
        const patch = JSON.stringify({ spec: { maxReplicas } });
        await this.cluster.kubectl(["patch", "hpa", NAME, "-n", "default", "-p", patch]);
    }

    async hasScaledTo(replicas: number): Promise<void> {
        const get = ["get", "deployment", NAME, "-n", "default", "-o", "jsonpath={.spec.replicas}"];
        await until(`${replicas} pods of the autoscaler`, BUDGETS.workload, async () => {
            const now = await this.cluster.kubectl(get);
            return now === String(replicas) ? found(undefined) : notYet(now);
        });
    }

    /** How often it has complained that it gets no figures. */
    async complaints(): Promise<number> {
        const reason = "--field-selector=reason=FailedGetResourceMetric";
        const events = ["get", "events", "-n", "default", reason, "-o", "json"];
        const { items } = JSON.parse(await this.cluster.kubectl(events)) as {
            items: { count?: number }[];
        };
        return items.reduce((sum, { count = 1 }) => sum + count, 0);
    }
}
