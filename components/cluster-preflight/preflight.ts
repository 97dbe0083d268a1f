import type * as pulumi from "@pulumi/pulumi";
import type { remote } from "@pulumi/command";
import { CSR_CONTROLLER } from "../kubelet-serving-certificates/csrControllerManifests";
import type { RequestHeaderArgs } from "../metrics-server/podArgs";
import { addressTypesText, type NodeAddressType } from "../nodes/addressTypes";
import { DEFAULT_KUBERNETES, OLDEST_MINOR, releaseFor } from "../metrics-server/releases";
import { CsrApprovalMode } from "../nodes/nodeArgs";
import { nodeScript } from "../ssh/nodeScripts";
import { createCheck, type CheckContext } from "./clusterCheck";
import { secretSettings, type SecretToCheck } from "./secretSettings";

/** The oldest minor whose API server says with which certificate a request was sent (kubernetes#125634). */
const APPROVER_MINOR = "32";

/** What the preflight has to know of what is going to be done. */
export interface PreflightSettings {
    kubernetesVersion: string | undefined;
    hostNetwork: boolean | undefined;
    kubeletPreferredAddressTypes: NodeAddressType[] | undefined;
    kubeletCaHostPath: string | undefined;
    /** Whether the pods run on control planes only. */
    onControlPlanes?: boolean;
    requestHeader?: RequestHeaderArgs | undefined;
    /** The uid of the Namespace kube-system where the objects go. What is not known is not compared. */
    clusterUid?: pulumi.Input<string | undefined>;
    /** The Secret that metrics-server's certificate is going to come from, where somebody else keeps it. */
    secret?: SecretToCheck | undefined;
    /** Whether somebody else's metrics-server is going to be taken over. */
    takeOver?: boolean | undefined;
    /** Looks at every node before the first change. */
    ready: () => Promise<void>;
}

/** Looks for what is known to make this fail, before the first change. None where `nodes` has no control plane. */
export function createPreflight(
    context: CheckContext,
    settings: PreflightSettings,
): remote.Command[] {
    const { hostNetwork, clusterUid, ready, requestHeader } = settings;
    const release = releaseFor(settings.kubernetesVersion ?? DEFAULT_KUBERNETES);
    const { mode } = context.inventory.approval;
    return createCheck(context, {
        verb: "preflight",
        script: (node, inventory) =>
            nodeScript("preflight", {
                NODE_NAME: node,
                INVENTORY: inventory,
                RELEASE: release.version,
                OLDEST_MINOR: String(release.oldestMinor),
                OLDEST_KUBERNETES: String(OLDEST_MINOR),
                APPROVER_MINOR: mode === CsrApprovalMode.ControlPlane ? APPROVER_MINOR : undefined,
                CSR_CONTROLLER: mode === CsrApprovalMode.Controller ? CSR_CONTROLLER : undefined,
                HOST_NETWORK: hostNetwork === true ? "true" : undefined,
                CLUSTER_UID: clusterUid,
                ADDRESS_TYPES: addressTypesText(settings.kubeletPreferredAddressTypes),
                KUBELET_CA_FILE: settings.kubeletCaHostPath,
                PLACEMENT: settings.onControlPlanes === true ? "controlPlane" : undefined,
                REQUEST_HEADER_CA: requestHeader?.clientCa,
                REQUEST_HEADER_NAMES: requestHeader?.allowedNames.join(" "),
                ...secretSettings(settings.secret),
                TAKE_OVER: settings.takeOver === true ? "true" : undefined,
            }),
        beforeFirst: ready,
    });
}
