import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { createCheck, type CheckContext } from "../cluster-preflight/clusterCheck";
import { nodeSelectorIn } from "../metrics-server/extraArguments";
import { nodeScript } from "../ssh/nodeScripts";

/** What has to trigger the last check again: an unchanged command never runs a second time. */
export interface MetricsCheckInputs {
    caBundle: pulumi.Output<string>;
    certificatePem: pulumi.Output<string>;
    image: pulumi.Output<string>;
    /** Which nodes metrics-server asks is written there. */
    extraArgs: pulumi.Input<string>[] | undefined;
}

/** A request through the API server that has to list every node: the only proof of this leg. */
export function createMetricsCheck(
    context: CheckContext,
    { caBundle, certificatePem, image, extraArgs }: MetricsCheckInputs,
): pulumi.Resource[] {
    return createCheck(context, {
        verb: "metrics",
        hasStatus: true,
        script: (node, inventory) =>
            nodeScript("verification", {
                NODE_NAME: node,
                INVENTORY: inventory,
                CA_BUNDLE_SHA256: caBundle.apply(digest),
                CERTIFICATE_SHA256: certificatePem.apply(digest),
                IMAGE: image,
                // Labels of nodes are no secret, whatever else is.
                NODE_SELECTOR:
                    extraArgs && pulumi.unsecret(pulumi.all(extraArgs).apply(nodeSelectorIn)),
            }),
    });
}

function digest(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}
