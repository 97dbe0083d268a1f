import type * as pulumi from "@pulumi/pulumi";
import { HandDown } from "../shared/handDown";
import type { Dependencies } from "../shared/inheritedDependsOn";
import type { MetricsServerArgs } from "./metricsServerArgs";

/** What parts of metrics-server wait for, beside what the component waits for. */
export interface Waits {
    /** Everything that is made in the cluster. */
    objects: Dependencies;
    /** The pods, which ask kubelets as soon as they run. */
    deployment: Dependencies;
    /** What the Service and the APIService wait for, once the pods are ready. */
    handOver?: (ready: pulumi.Resource[]) => Dependencies;
}

const fromParent = new HandDown<Waits>();

/** Lets the component that is made from these arguments start before all that its last part waits for is done. */
export function handWaitsDown(args: MetricsServerArgs, waits: Waits): MetricsServerArgs {
    return fromParent.give(args, waits);
}

export function waitsOf(args: MetricsServerArgs): Waits {
    return fromParent.take(args) ?? { objects: [], deployment: [] };
}
