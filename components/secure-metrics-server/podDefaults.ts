import type {
    MetricsServerSettingsArgs,
    TolerationArgs,
} from "../metrics-server/metricsServerArgs";
import { controlPlanes } from "../nodes/nodePlan";
import type { SecureMetricsServerArgs } from "./secureMetricsServerArgs";

/** kubeadm taints control planes; where there is nothing else, the pods have to run there. */
const CONTROL_PLANE: TolerationArgs = {
    key: "node-role.kubernetes.io/control-plane",
    operator: "Exists",
    effect: "NoSchedule",
};

/** Settings of metrics-server with the defaults that depend on the nodes. */
export function withNodeDefaults(args: SecureMetricsServerArgs): MetricsServerSettingsArgs {
    const count = Object.keys(args.nodes).length;
    const workers = count - controlPlanes(args.nodes).length;
    // In the host network two pods cannot share a node, and control planes take none while there are workers.
    const room = args.metricsServer?.hostNetwork === true ? workers || count : count;
    return {
        ...args.metricsServer,
        replicas: args.metricsServer?.replicas ?? (room === 1 ? 1 : 2),
        tolerations: args.metricsServer?.tolerations ?? (workers === 0 ? [CONTROL_PLANE] : []),
    };
}
