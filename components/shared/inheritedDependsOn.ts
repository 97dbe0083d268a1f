import type * as pulumi from "@pulumi/pulumi";

/** Resources, or outputs of them, that something waits for. */
export type Dependencies = pulumi.Input<pulumi.Resource>[];

/**
 * What a component was told to wait for. The engine does not hand `dependsOn` of a component down to its children, so the
 * component does.
 */
export function inheritedDependsOn(
    opts: pulumi.ComponentResourceOptions | undefined,
): Dependencies {
    const { dependsOn } = opts ?? {};
    if (dependsOn === undefined) {
        return [];
    }
    return Array.isArray(dependsOn) ? dependsOn : [dependsOn as pulumi.Input<pulumi.Resource>];
}
