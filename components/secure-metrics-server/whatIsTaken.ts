import * as pulumi from "@pulumi/pulumi";
import type { InventoryNode } from "../nodes/parseNodes";
import { settled, valueNow } from "../shared/knownNow";
import { warn, warnInPassing } from "../shared/log";
import { engineHasHooks } from "../shared/underMocks";
import { connectionTo } from "../ssh/connection";
import { loadProbe } from "../ssh/deferredSsh";
import { toldBy } from "../ssh/nodeOutput";
import { wholeText, type NodeScript } from "../ssh/nodeScripts";
import { secondsFor } from "../ssh/scriptTable";

/**
 * Says in a preview what a run would take over, from whom, and who notices: it looks at the cluster from the first control plane,
 * read-only, before the command is registered.
 */
export function tellInPreview(
    node: InventoryNode,
    script: NodeScript,
    parent: pulumi.Resource,
): pulumi.ResourceTransform[] {
    if (!pulumi.runtime.isDryRun() || !engineHasHooks()) {
        return [];
    }
    return [
        async ({ props, opts }) => {
            await look(node, script, parent);
            return { props, opts };
        },
    ];
}

async function look(
    node: InventoryNode,
    script: NodeScript,
    parent: pulumi.Resource,
): Promise<void> {
    const inputs = valueNow(await settled(pulumi.all([connectionTo(node), wholeText(script)])));
    if (inputs === undefined) return;
    const [connection, text] = inputs;
    try {
        const { lookAt } = loadProbe();
        const seconds = secondsFor(script.name, "status");
        for (const line of toldBy(
            node.name,
            await lookAt(node.name, connection, { text, seconds }),
        )) {
            await warn(line, parent);
        }
    } catch (error) {
        await warnInPassing(
            `${(error as Error).message}; what takeOver is going to take over is not known`,
            parent,
        );
    }
}
