import type { Input } from "@pulumi/pulumi";
import { isPlainPath, PLAIN_PATH } from "../shared/plainPath";
import type { MetricsServerSettingsArgs, TolerationArgs } from "./metricsServerArgs";
import { Placement } from "./podArgs";

/** The label that kubeadm gives control planes, and the name of the taint that it gives them. */
const CONTROL_PLANE = "node-role.kubernetes.io/control-plane";

/** kubeadm taints control planes; pods that run there have to tolerate it. */
export const TOLERATES_CONTROL_PLANE: TolerationArgs = {
    key: CONTROL_PLANE,
    operator: "Exists",
    effect: "NoSchedule",
};

type NodeSelector = Input<Record<string, Input<string>>>;

const LINUX = { "kubernetes.io/os": "linux" };

/** Which nodes the pods may run on. */
export function nodeSelectorOf(settings: MetricsServerSettingsArgs): NodeSelector {
    return isOnControlPlanes(settings)
        ? { ...LINUX, [CONTROL_PLANE]: "" }
        : (settings.nodeSelector ?? LINUX);
}

export function tolerationsOf(settings: MetricsServerSettingsArgs): TolerationArgs[] {
    return isOnControlPlanes(settings) ? [TOLERATES_CONTROL_PLANE] : (settings.tolerations ?? []);
}

export function isOnControlPlanes({ placement }: MetricsServerSettingsArgs): boolean {
    return placement === Placement.ControlPlane;
}

/** Everything that is wrong with where the pods are to run. */
export function placementProblems(settings: MetricsServerSettingsArgs): string[] {
    const placement: string = settings.placement ?? Placement.Anywhere;
    if (!Object.values<string>(Placement).includes(placement)) {
        return [
            `placement is "${placement}"; expected ${Object.values(Placement).join(" or ")}`,
            ...caFileProblems(settings),
        ];
    }
    const both = (["nodeSelector", "tolerations"] as const).filter(
        (name) => isOnControlPlanes(settings) && settings[name] !== undefined,
    );
    return [
        ...both.map(
            (name) =>
                `${name} is set and placement is controlPlane, which sets it; expected one of them; next: remove ${name}, or remove placement and choose the nodes with nodeSelector and tolerations`,
        ),
        ...caFileProblems(settings),
    ];
}

/** What is wrong with a file that is mounted from the node as it is. */
export function hostPathProblems(path: string | undefined): string[] {
    if (path === undefined) {
        return [];
    }
    const expected = "expected a file such as /etc/kubernetes/pki/ca.crt";
    return [
        ...(isPlainPath(path)
            ? []
            : [`kubeletCaHostPath is "${path}"; ${expected}: ${PLAIN_PATH}`]),
        ...(/\.key$/i.test(path)
            ? [
                  `kubeletCaHostPath is "${path}", which is called like a private key; ${expected}; metrics-server needs the certificate only`,
              ]
            : []),
    ];
}

/** The pods have to be where the file is, and it has to be the only CA. */
function caFileProblems(settings: MetricsServerSettingsArgs): string[] {
    const { kubeletCaHostPath: path, kubeletCa } = settings;
    if (path === undefined) {
        return [];
    }
    return [
        ...hostPathProblems(path),
        ...(isOnControlPlanes(settings)
            ? []
            : [
                  "kubeletCaHostPath is set and placement is not controlPlane; expected the pods where that file is; next: set placement: controlPlane, or remove kubeletCaHostPath: every pod has the cluster's CA without it",
              ]),
        ...(kubeletCa === undefined
            ? []
            : [
                  "kubeletCaHostPath and kubeletCa are both set; expected one of them; next: remove kubeletCa where the file on the control planes has that CA, otherwise kubeletCaHostPath",
              ]),
    ];
}
