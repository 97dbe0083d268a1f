import type * as pulumi from "@pulumi/pulumi";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { ClusterRole, ClusterRoleBinding, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import * as manifests from "./manifests";
import { withMetadata, type Words } from "./metadata";

/** The identity that metrics-server runs as and what it may do, exactly as upstream. */
export function createPermissions(
    name: string,
    parent: pulumi.CustomResourceOptions,
    common: Words | undefined,
    annotations: Words | undefined,
): pulumi.CustomResource[] {
    const labelled = <T extends { metadata: object }>(manifest: T): T =>
        withMetadata(manifest, common);
    return [
        new ServiceAccount(
            `${name}-service-account`,
            withMetadata(manifests.serviceAccount(), common, annotations),
            parent,
        ),
        new ClusterRole(
            `${name}-aggregated-reader`,
            labelled(manifests.aggregatedReaderRole()),
            parent,
        ),
        new ClusterRole(`${name}-role`, labelled(manifests.serverRole()), parent),
        new RoleBinding(`${name}-auth-reader`, labelled(manifests.authReaderBinding()), parent),
        new ClusterRoleBinding(
            `${name}-auth-delegator`,
            labelled(manifests.authDelegatorBinding()),
            parent,
        ),
        new ClusterRoleBinding(`${name}-binding`, labelled(manifests.serverBinding()), parent),
    ];
}
