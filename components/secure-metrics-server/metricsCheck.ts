import * as pulumi from "@pulumi/pulumi";
import type { remote } from "@pulumi/command";
import { createCheck, type CheckContext } from "../cluster-preflight/clusterCheck";
import { secretSettings } from "../cluster-preflight/secretSettings";
import { nodeSelectorIn } from "../metrics-server/extraArguments";
import { digest } from "../shared/digest";
import { nodeScript } from "../ssh/nodeScripts";
import type { ServedCertificate } from "./served";

/** What has to trigger the last check again: an unchanged command never runs a second time. */
export interface MetricsCheckInputs {
    served: ServedCertificate;
    image: pulumi.Output<string>;
    /** The digest of what the pods are made from. */
    pods: pulumi.Output<string>;
    /** Which nodes metrics-server asks is written there. */
    extraArgs: pulumi.Input<string>[] | undefined;
}

/** A request through the API server that has to list every node: the only proof of this leg. */
export function createMetricsCheck(
    context: CheckContext,
    { served: { mounted, secret }, image, pods, extraArgs }: MetricsCheckInputs,
): remote.Command[] {
    return createCheck(context, {
        verb: "metrics",
        hasStatus: true,
        script: (node, inventory) =>
            nodeScript("verification", {
                NODE_NAME: node,
                INVENTORY: inventory,
                CA_BUNDLE_SHA256:
                    "caBundle" in mounted ? mounted.caBundle.apply(digest) : undefined,
                CERTIFICATE_SHA256:
                    "certificatePem" in mounted ? mounted.certificatePem.apply(digest) : undefined,
                IMAGE: image,
                PODS_SHA256: pods,
                ...secretSettings(secret),
                // Labels of nodes are no secret, whatever else is.
                NODE_SELECTOR:
                    extraArgs && pulumi.unsecret(pulumi.all(extraArgs).apply(nodeSelectorIn)),
            }),
    });
}
