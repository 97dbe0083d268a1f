import { MetricsServer, type MetricsServerArgs } from "../../../index";
import { METRICS_SERVER } from "./fixtures";
import { named } from "./find";
import { record, type Recorded } from "./mocks";
import type { Plain } from "./recorded";

/** What MetricsServer registers as `m` with some settings. */
export async function metricsServerWith(settings: Partial<MetricsServerArgs>): Promise<Recorded[]> {
    const { resources } = await record(
        () => new MetricsServer("m", { ...METRICS_SERVER, ...settings }),
    );
    return resources;
}

/** The pod of the Deployment. */
export function podOf(resources: Recorded[]): Record<string, Plain> {
    const { spec } = named(resources, "m-deployment").inputs as unknown as {
        spec: { template: { spec: Record<string, Plain> } };
    };
    return spec.template.spec;
}

/** The pod's only container. */
export function containerOf(resources: Recorded[]): Record<string, Plain> {
    const [container] = podOf(resources)["containers"] as Record<string, Plain>[];
    return container ?? {};
}
