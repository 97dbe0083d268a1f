import * as pulumi from "@pulumi/pulumi";
import { Namespace } from "@pulumi/kubernetes/core/v1";
import { settled, valueNow } from "../shared/knownNow";
import { NAMESPACE } from "../shared/owner";

/**
 * The uid of the Namespace kube-system where the Kubernetes provider points, which no two clusters share. Undefined where
 * nobody says it: a provider that renders files instead, or the mocks of a unit test.
 */
export function clusterUid(
    name: string,
    parent: pulumi.Resource,
    dependsOn: pulumi.CustomResourceOptions["dependsOn"],
): pulumi.Output<string | undefined> {
    return readUnlessRendered(parent, () => {
        const opts = { parent, ...(dependsOn && { dependsOn }) };
        const { metadata } = Namespace.get(`${name}-kube-system`, NAMESPACE, opts);
        return pulumi.output(metadata).apply((found: { uid?: string } | undefined) => found?.uid);
    });
}

/** What is read in the cluster, or nothing with a provider that renders files instead. */
export function readUnlessRendered(
    parent: pulumi.Resource,
    read: () => pulumi.Output<string | undefined>,
): pulumi.Output<string | undefined> {
    const folder = renderFolder(parent);
    if (folder === undefined) {
        return read();
    }
    // A preview does not know the setting of a provider that is without it, so only a folder that is known tells.
    const rendered = settled(folder).then(valueNow);
    return pulumi
        .output(rendered)
        .apply((known): pulumi.Output<string | undefined> =>
            known === undefined ? read() : pulumi.output<string | undefined>(undefined),
        );
}

/** Where the provider that a program gave renders to, if it does: it keeps what it was made from. */
function renderFolder(parent: pulumi.Resource): pulumi.Input<string | undefined> | undefined {
    const provider = parent.getProvider("kubernetes:core/v1:Namespace");
    return (provider as { renderYamlToDirectory?: pulumi.Input<string | undefined> } | undefined)
        ?.renderYamlToDirectory;
}
