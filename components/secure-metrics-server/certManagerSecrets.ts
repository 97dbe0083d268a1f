import type { remote } from "@pulumi/command";
import type { CheckContext } from "../cluster-preflight/clusterCheck";
import { nodeCommand } from "../ssh/nodeCommand";
import { nodeScript } from "../ssh/nodeScripts";

/**
 * Deletes what cert-manager leaves when the last Certificate has gone: nobody else does, and a Secret in the state would bring the key
 * there. So the Certificates come after this and go before it. None where `nodes` has no control plane.
 */
export function createSecretRemoval({
    name,
    hook,
    inventory: { first },
    parent,
    dependsOn,
}: CheckContext): remote.Command[] {
    if (first === undefined) {
        return [];
    }
    const command = nodeCommand(
        `${name}-cert-manager-secrets`,
        {
            hook,
            node: first,
            script: nodeScript("cert-manager-secrets", { NODE_NAME: first.name }),
            ensure: "ensure",
            revert: "revert",
        },
        { parent, dependsOn },
    );
    return [command];
}
