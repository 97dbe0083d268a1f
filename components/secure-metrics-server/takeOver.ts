import type { remote } from "@pulumi/command";
import { ConfigMap } from "@pulumi/kubernetes/core/v1";
import * as pulumi from "@pulumi/pulumi";
import type { CheckContext } from "../cluster-preflight/clusterCheck";
import { service } from "../metrics-server/manifests";
import type { HandedOver } from "../metrics-server/waits";
import type { Inventory, InventoryNode } from "../nodes/parseNodes";
import { CertificateSource } from "../serving-certificate/servingCertificateArgs";
import type { Dependencies } from "../shared/inheritedDependsOn";
import { behind } from "../shared/knownNow";
import { NAMESPACE, OWNER } from "../shared/owner";
import { nodeCommand, type NodeCommandArgs } from "../ssh/nodeCommand";
import { nodeScript, type NodeScript } from "../ssh/nodeScripts";
import { requireUpsert } from "./upsert";
import { tellInPreview } from "./whatIsTaken";

/** Where a control plane keeps the old objects. */
const KEPT = "/var/lib/secure-metrics-server/taken-over";
/** take-over.sh makes it as well: what the provider does with this one, it does with all that is there. */
const MARKER = "secure-metrics-server-take-over";

/** The steps of a take-over, each of which something else waits for. */
export interface TakeOver {
    /** The old objects are kept, and the provider has shown that it takes over what is there. Before it, nothing is changed. */
    begun: pulumi.Resource[];
    /** The old pods serve without their Deployment. */
    standAside: (after: Dependencies) => HandedOver;
    /** The new pods serve, and the old ones are gone. */
    handOver: (ready: Dependencies, caBundle: pulumi.Input<string>) => HandedOver;
}

/** Everything that is wrong with taking over, as far as arguments tell. */
export function takeOverProblems(
    takeOver: boolean | undefined,
    source: CertificateSource | undefined,
    inventory: Inventory | undefined,
): string[] {
    if (takeOver !== true) {
        return [];
    }
    const noControlPlane = inventory !== undefined && inventory.first === undefined;
    return [
        ...(noControlPlane
            ? [
                  "takeOver is true, and nodes has no node with role controlPlane, where the old objects are kept; expected one; next: give a control plane role: controlPlane",
              ]
            : []),
        ...(source === CertificateSource.CertManager
            ? [
                  "takeOver is true, and servingCertificate.source is certManager, where nobody knows the CA before cert-manager has put it into the APIService; expected another source for the run that takes over; next: take over with source own, then change the source (docs/certificate-sources.md)",
              ]
            : []),
    ];
}

/** Begins to take over what is there. Undefined where nothing is to be taken over. */
export function beginTakeOver(
    context: CheckContext,
    takeOver: boolean | undefined,
    looked: Dependencies,
): TakeOver | undefined {
    const { name, parent, inventory } = context;
    const { first } = inventory;
    if (takeOver !== true || first === undefined) {
        return undefined;
    }
    const kept = keep({ ...context, dependsOn: looked }, first);
    const marker = new ConfigMap(`${name}-take-over-marker`, markerManifest(), {
        parent,
        dependsOn: [kept],
    });
    const begun = [kept, marker];
    const step = (
        verb: "aside" | "switch",
        script: NodeScript,
        dependsOn: Dependencies,
    ): HandedOver => {
        const made = command(
            context,
            first,
            { suffix: `-${verb}`, script, ensure: verb },
            { dependsOn },
        );
        return { after: [made], done: pulumi.unsecret(made.stdout).apply(() => true) };
    };
    return {
        begun,
        standAside: (after) =>
            step("aside", nodeScript("take-over", { NODE_NAME: first.name }), [...begun, ...after]),
        handOver: (ready, caBundle) =>
            step(
                "switch",
                nodeScript("take-over", {
                    NODE_NAME: first.name,
                    CA_BUNDLE: caBundle,
                    PORTS: JSON.stringify(service().spec.ports),
                }),
                ready,
            ),
    };
}

/** Its removal forgets what was kept, in the first run without `takeOver`. */
function keep(context: CheckContext, first: InventoryNode): remote.Command {
    const { parent, dependsOn } = context;
    const script = nodeScript("take-over", {
        NODE_NAME: first.name,
        TRACE: behind(KEPT, requireUpsert(context)),
    });
    return command(
        context,
        first,
        { suffix: "", script, ensure: "keep", revert: "revert" },
        { dependsOn, transforms: tellInPreview(first, script, parent) },
    );
}

type Step = Pick<NodeCommandArgs, "script" | "ensure" | "revert"> & { suffix: string };

function command(
    { name, hook, parent }: CheckContext,
    node: InventoryNode,
    { suffix, ...step }: Step,
    opts: pulumi.CustomResourceOptions,
): remote.Command {
    return nodeCommand(`${name}-take-over${suffix}`, { hook, node, ...step }, { ...opts, parent });
}

function markerManifest() {
    return {
        metadata: { name: MARKER, namespace: NAMESPACE, labels: OWNER },
        data: {
            what: "metrics-server was taken over; the objects from before are on a control plane",
        },
    };
}
