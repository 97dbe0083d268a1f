import type { MetricsServerSettingsArgs, ResourcesArgs } from "../metrics-server/metricsServerArgs";
import { isOnControlPlanes, TOLERATES_CONTROL_PLANE } from "../metrics-server/placement";
import type { Inventory } from "../nodes/parseNodes";

/** Settings of metrics-server with the defaults that depend on the nodes. */
export function withNodeDefaults(
    settings: MetricsServerSettingsArgs,
    { nodes, controlPlanes }: Inventory,
): MetricsServerSettingsArgs {
    const count = nodes.length;
    const workers = count - controlPlanes.length;
    const resources = resourcesFor(count, settings.resources);
    const sized = resources === undefined ? settings : { ...settings, resources };
    if (isOnControlPlanes(settings)) {
        return { ...sized, replicas: settings.replicas ?? Math.min(2, controlPlanes.length) };
    }
    // In the host network two pods cannot share a node, and control planes take none while there are workers.
    const room = settings.hostNetwork === true ? workers || count : count;
    return {
        ...sized,
        replicas: settings.replicas ?? (room === 1 ? 1 : 2),
        tolerations: settings.tolerations ?? (workers === 0 ? [TOLERATES_CONTROL_PLANE] : []),
    };
}

/** Everything that is wrong with where the pods are to run on these nodes. */
export function roomProblems(
    settings: MetricsServerSettingsArgs,
    { controlPlanes }: Inventory,
): string[] {
    if (!isOnControlPlanes(settings)) {
        return [];
    }
    const room = controlPlanes.length;
    if (room === 0) {
        return [
            "placement is controlPlane and nodes has no node with role controlPlane; expected one where the pods can run; next: give a control plane role: controlPlane, or remove placement",
        ];
    }
    const { hostNetwork, replicas = 1 } = settings;
    return hostNetwork === true && replicas > room
        ? [
              `replicas is ${replicas}, and with hostNetwork and placement controlPlane there is room for ${room}, one on each control plane in nodes; expected at most ${room}; next: lower replicas, or remove hostNetwork`,
          ]
        : [];
}

/** Up to so many nodes, what upstream's manifests reserve is enough. */
const ENOUGH_FOR = 100;

/** Upstream's rule for more nodes: 1m of a core and 2 MiB for each. What a program says itself stays. */
function resourcesFor(nodes: number, given: ResourcesArgs | undefined): ResourcesArgs | undefined {
    const more = nodes - ENOUGH_FOR;
    if (more <= 0 || given?.requests !== undefined) {
        return given;
    }
    return { ...given, requests: { cpu: cores(100 + more), memory: bytes(200 + 2 * more) } };
}

/** As Kubernetes prints it. */
function cores(milli: number): string {
    return milli % 1000 === 0 ? `${milli / 1000}` : `${milli}m`;
}

function bytes(mebi: number): string {
    return mebi % 1024 === 0 ? `${mebi / 1024}Gi` : `${mebi}Mi`;
}
