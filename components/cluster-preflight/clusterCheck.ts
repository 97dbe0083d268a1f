import type * as pulumi from "@pulumi/pulumi";
import type { remote } from "@pulumi/command";
import { inventoryText } from "../nodes/inventory";
import type { Inventory } from "../nodes/parseNodes";
import type { Dependencies } from "../shared/inheritedDependsOn";
import { nodeCommand } from "../ssh/nodeCommand";
import type { NodeScript } from "../ssh/nodeScripts";

/** What a check is made from. */
export interface CheckContext {
    name: string;
    /** The name of the hook before each check, by which two components of one name differ. */
    hook: string;
    inventory: Inventory;
    parent: pulumi.Resource;
    dependsOn: Dependencies;
}

/** What a check does. */
interface Check {
    verb: string;
    script: (node: string, inventory: pulumi.Output<string>) => NodeScript;
    beforeFirst?: () => Promise<void>;
    /** Whether its script has a verb `status`, which driftDetection asks. */
    hasStatus?: boolean;
}

/** A read-only look at the whole cluster from the first control plane. None where `nodes` has no control plane. */
export function createCheck(
    { name, hook, inventory, parent, dependsOn }: CheckContext,
    { verb, script, beforeFirst, hasStatus }: Check,
): remote.Command[] {
    const { first, identities, rollout } = inventory;
    if (first === undefined) {
        return [];
    }
    const command = nodeCommand(
        `${name}-${verb}`,
        {
            hook,
            node: first,
            script: script(first.name, identities.apply(inventoryText)),
            ensure: verb,
            detectDrift: hasStatus === true && rollout.detectDrift,
            ...(beforeFirst && { beforeFirst }),
        },
        { parent, dependsOn },
    );
    return [command];
}
