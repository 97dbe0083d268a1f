import * as pulumi from "@pulumi/pulumi";
import { createHash } from "node:crypto";
import { CSR_CONTROLLER } from "../kubelet-serving-certificates/csrControllerManifests";
import type { Dependencies } from "../shared/inheritedDependsOn";
import { inventoryText } from "../nodes/inventory";
import { DEFAULT_KUBERNETES, releaseFor } from "../metrics-server/releases";
import { CsrApprovalMode } from "../nodes/nodeArgs";
import { nodeCommand } from "../ssh/nodeCommand";
import type { Inventory } from "../nodes/parseNodes";
import { nodeScript, type NodeScript } from "../ssh/nodeScripts";
import type { SecureMetricsServerArgs } from "./secureMetricsServerArgs";

/** What a check is made from. */
export interface CheckContext {
    name: string;
    args: SecureMetricsServerArgs;
    inventory: Inventory;
    parent: pulumi.Resource;
    dependsOn: Dependencies;
}

/** Looks for what is known to make this fail, before the first change. None where `nodes` has no control plane. */
export function createPreflight(context: CheckContext): pulumi.Resource[] {
    const kubernetes = context.args.metricsServer?.kubernetesVersion ?? DEFAULT_KUBERNETES;
    const release = releaseFor(kubernetes);
    return createCheck(context, "preflight", (node, inventory) =>
        nodeScript("preflight", {
            NODE_NAME: node,
            INVENTORY: inventory,
            RELEASE: release.version,
            OLDEST_MINOR: String(release.oldestMinor),
            CSR_CONTROLLER:
                context.inventory.approval.mode === CsrApprovalMode.Controller
                    ? CSR_CONTROLLER
                    : undefined,
        }),
    );
}

/** What has to trigger the last check again: an unchanged command never runs a second time. */
export interface MetricsCheckInputs {
    caBundle: pulumi.Output<string>;
    certificatePem: pulumi.Output<string>;
    image: pulumi.Output<string>;
}

/** A request through the API server that has to list every node: the only proof of this leg. */
export function createMetricsCheck(
    context: CheckContext,
    { caBundle, certificatePem, image }: MetricsCheckInputs,
): pulumi.Resource[] {
    return createCheck(context, "metrics", (node, inventory) =>
        nodeScript("verification", {
            NODE_NAME: node,
            INVENTORY: inventory,
            CA_BUNDLE_SHA256: caBundle.apply(digest),
            CERTIFICATE_SHA256: certificatePem.apply(digest),
            IMAGE: image,
        }),
    );
}

function createCheck(
    { name, inventory, parent, dependsOn }: CheckContext,
    verb: string,
    script: (node: string, inventory: pulumi.Output<string>) => NodeScript,
): pulumi.Resource[] {
    const { first, identities } = inventory;
    if (first === undefined) {
        return [];
    }
    const command = nodeCommand(
        `${name}-${verb}`,
        {
            node: first,
            script: script(first.name, identities.apply(inventoryText)),
            ensure: verb,
        },
        { parent, dependsOn },
    );
    return [command];
}

function digest(text: string): string {
    return createHash("sha256").update(text).digest("hex");
}
