import * as pulumi from "@pulumi/pulumi";
import { Deployment } from "@pulumi/kubernetes/apps/v1";
import { ServiceAccount } from "@pulumi/kubernetes/core/v1";
import { ClusterRole, ClusterRoleBinding, Role, RoleBinding } from "@pulumi/kubernetes/rbac/v1";
import * as manifests from "./csrControllerManifests";
import type { Identity } from "../nodes/inventory";

/**
 * postfinance/kubelet-csr-approver, bound to the inventory as far as it can be. What it leaves open, and the default mode
 * does not: a node may ask for the address of another node of the inventory.
 */
export function createCsrController(
    name: string,
    identities: pulumi.Output<Identity[]>,
    image: pulumi.Input<string> | undefined,
    opts: pulumi.CustomResourceOptions,
): pulumi.CustomResource[] {
    const permissions = [
        new ServiceAccount(`${name}-service-account`, manifests.serviceAccount(), opts),
        new ClusterRole(`${name}-role`, manifests.role(), opts),
        new ClusterRoleBinding(`${name}-binding`, manifests.binding(), opts),
        new Role(`${name}-lease-role`, manifests.leaseRole(), opts),
        new RoleBinding(`${name}-lease-binding`, manifests.leaseBinding(), opts),
    ];
    const deployment = new Deployment(
        `${name}-deployment`,
        manifests.deployment(
            image ?? manifests.DEFAULT_IMAGE,
            identities.apply(manifests.environment),
        ),
        { ...opts, dependsOn: permissions },
    );
    return [...permissions, deployment];
}
