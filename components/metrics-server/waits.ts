import * as pulumi from "@pulumi/pulumi";
import { HandDown } from "../shared/handDown";
import type { Dependencies } from "../shared/inheritedDependsOn";
import type { MetricsServerArgs } from "./metricsServerArgs";

/** What parts of metrics-server wait for, beside what the component waits for. */
export interface Waits {
    /** Everything that is made in the cluster. */
    objects: Dependencies;
    /** The pods, which ask kubelets as soon as they run. */
    deployment: Dependencies;
    /** Known when the name of the Deployment is free, where another one has it. */
    free?: pulumi.Output<unknown>;
    /** What the Service and the APIService wait for, once the pods are ready, where others are there. */
    handOver?: (ready: pulumi.Resource[]) => HandedOver;
}

/** What comes before Service and APIService. */
export interface HandedOver {
    after: Dependencies;
    /** Known when both are ready to be taken. */
    done: pulumi.Output<unknown>;
}

const fromParent = new HandDown<Waits>();

/** Lets the component that is made from these arguments start before all that its last part waits for is done. */
export function handWaitsDown(args: MetricsServerArgs, waits: Waits): MetricsServerArgs {
    return fromParent.give(args, waits);
}

/**
 * The value, which a preview does not know before something is done. With `upsertExistingObjects`, the provider would merge what it
 * knows in a preview with what is there, and fail where the two do not go together.
 */
export function knownAfter<T>(
    done: pulumi.Output<unknown> | undefined,
    value: pulumi.Input<T>,
): pulumi.Input<T> {
    return done === undefined
        ? value
        : (pulumi.all([done, value]).apply(([, each]) => each) as pulumi.Output<T>);
}

export function waitsOf(args: MetricsServerArgs): Waits {
    return fromParent.take(args) ?? { objects: [], deployment: [] };
}
