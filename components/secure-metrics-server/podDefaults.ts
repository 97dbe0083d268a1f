import type {
    MetricsServerSettingsArgs,
    TolerationArgs,
} from "../metrics-server/metricsServerArgs";
import type { Inventory } from "../nodes/parseNodes";

/** kubeadm taints control planes; where there is nothing else, the pods have to run there. */
const CONTROL_PLANE: TolerationArgs = {
    key: "node-role.kubernetes.io/control-plane",
    operator: "Exists",
    effect: "NoSchedule",
};

/** Settings of metrics-server with the defaults that depend on the nodes. */
export function withNodeDefaults(
    settings: MetricsServerSettingsArgs,
    { nodes, controlPlanes }: Inventory,
): MetricsServerSettingsArgs {
    const count = nodes.length;
    const workers = count - controlPlanes.length;
    // In the host network two pods cannot share a node, and control planes take none while there are workers.
    const room = settings.hostNetwork === true ? workers || count : count;
    return {
        ...settings,
        replicas: settings.replicas ?? (room === 1 ? 1 : 2),
        tolerations: settings.tolerations ?? (workers === 0 ? [CONTROL_PLANE] : []),
    };
}
