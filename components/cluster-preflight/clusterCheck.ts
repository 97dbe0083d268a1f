import type * as pulumi from "@pulumi/pulumi";
import type { remote } from "@pulumi/command";
import { inventoryText, type Identity } from "../nodes/inventory";
import { controlPlanes } from "../nodes/nodePlan";
import type { NodesArgs } from "../nodes/nodesArgs";
import type { Dependencies } from "../shared/inheritedDependsOn";
import { nodeCommand } from "../ssh/nodeCommand";

/** Seconds for a check of the whole cluster. */
const CHECK_SECONDS = 420;

/** What a check is made from. */
export interface CheckContext {
    name: string;
    args: NodesArgs;
    all: pulumi.Output<Identity[]>;
    parent: pulumi.Resource;
    dependsOn: Dependencies;
}

/** What a check does. */
interface Check {
    verb: string;
    script: (node: string, inventory: pulumi.Output<string>) => pulumi.Output<string>;
    beforeFirst?: () => Promise<void>;
    /** Whether its script has a verb `status`, which driftDetection asks. */
    hasStatus?: boolean;
}

/** A read-only look at the whole cluster from the first control plane. None where `nodes` has no control plane. */
export function createCheck(
    { name, args, all, parent, dependsOn }: CheckContext,
    { verb, script, beforeFirst, hasStatus }: Check,
): remote.Command[] {
    return controlPlanes(args.nodes)
        .slice(0, 1)
        .map((node) =>
            nodeCommand(
                `${name}-${verb}`,
                {
                    node: node.name,
                    args: node.args,
                    ssh: args.ssh,
                    script: script(node.name, all.apply(inventoryText)),
                    ensure: verb,
                    seconds: CHECK_SECONDS,
                    detectDrift: hasStatus === true && args.driftDetection === true,
                    ...(beforeFirst && { beforeFirst }),
                },
                { parent, dependsOn },
            ),
        );
}
