import { peek, valueNow } from "../shared/knownNow";
import type { MetricsServerSettingsArgs } from "./metricsServerArgs";
import { UnhealthyPodEvictionPolicy, type TopologySpreadConstraintArgs } from "./podArgs";

/** Everything that is wrong with how the pods are placed, kept and evicted, as far as it is known. */
export function podProblems(args: MetricsServerSettingsArgs): string[] {
    return [
        ...evictionProblems(args),
        ...historyProblems(args.revisionHistoryLimit),
        ...(args.topologySpreadConstraints ?? []).flatMap(constraintProblems),
    ];
}

function evictionProblems({
    unhealthyPodEvictionPolicy: policy,
    replicas,
}: MetricsServerSettingsArgs): string[] {
    if (policy === undefined) {
        return [];
    }
    const known = Object.values<string>(UnhealthyPodEvictionPolicy);
    if (!known.includes(policy)) {
        return [`unhealthyPodEvictionPolicy is "${policy}"; expected ${known.join(" or ")}`];
    }
    return replicas === 1
        ? [
              "unhealthyPodEvictionPolicy is set and replicas is 1, where there is no PodDisruptionBudget; expected one of them; next: remove unhealthyPodEvictionPolicy, or set replicas: 2",
          ]
        : [];
}

function historyProblems(limit: number | undefined): string[] {
    return limit === undefined || (Number.isInteger(limit) && limit >= 0)
        ? []
        : [`revisionHistoryLimit is ${limit}; expected a whole number from 0 on`];
}

function constraintProblems(constraint: TopologySpreadConstraintArgs, index: number): string[] {
    const at = `topologySpreadConstraints[${index}]`;
    const key = valueNow(peek(constraint.topologyKey));
    const skew = valueNow(peek(constraint.maxSkew));
    const when = valueNow(peek(constraint.whenUnsatisfiable));
    return [
        ...(key === "" ? [`${at}.topologyKey is empty; expected a label of nodes`] : []),
        ...(skew === undefined || (Number.isInteger(skew) && skew >= 1)
            ? []
            : [`${at}.maxSkew is ${skew}; expected a whole number from 1 on`]),
        ...(when === undefined || when === "ScheduleAnyway" || when === "DoNotSchedule"
            ? []
            : [`${at}.whenUnsatisfiable is "${when}"; expected ScheduleAnyway or DoNotSchedule`]),
    ];
}
