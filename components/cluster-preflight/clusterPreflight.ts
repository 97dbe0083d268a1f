import * as pulumi from "@pulumi/pulumi";
import { nodesReadiness } from "../kubelet-serving-certificates/readiness";
import { kubernetesVersionProblem } from "../metrics-server/releases";
import { hostPathProblems } from "../metrics-server/placement";
import { addressTypeProblems } from "../nodes/addressTypes";
import { parseNodes, type Inventory } from "../nodes/parseNodes";
import { acceptedForm } from "../shared/argumentForm";
import { inheritedDependsOn } from "../shared/inheritedDependsOn";
import { accepted, type Parsed } from "../shared/invalidArguments";
import type { ClusterPreflightArgs } from "./clusterPreflightArgs";
import { createPreflight } from "./preflight";
import { preflightResult } from "./preflightResult";

/**
 * Looks at a cluster and all its nodes for what would make SecureMetricsServer fail, and reports all of it at once. It only
 * reads, in any stack: nothing is changed on nodes or in the cluster when it comes, and nothing is deleted when it goes.
 */
export class ClusterPreflight extends pulumi.ComponentResource {
    /** The version of the API server that was found, such as `v1.34.3`. */
    public readonly kubernetesVersion: pulumi.Output<string>;
    /** Number of nodes that were looked at. */
    public readonly nodeCount: pulumi.Output<number>;

    constructor(name: string, args: ClusterPreflightArgs, opts?: pulumi.ComponentResourceOptions) {
        const owner = { component: "ClusterPreflight", name };
        args = acceptedForm(owner, args);
        const nodes = parseNodes(args, owner);
        const inventory = accepted(owner, nodes, furtherProblems(args, nodes));
        super("secure-metrics-server:index:ClusterPreflight", name, {}, opts);
        const context = {
            name,
            hook: `${name}-look`,
            inventory,
            parent: this,
            dependsOn: inheritedDependsOn(opts),
        };
        const [command] = createPreflight(context, {
            kubernetesVersion: args.kubernetesVersion,
            hostNetwork: args.hostNetwork,
            kubeletPreferredAddressTypes: args.kubeletPreferredAddressTypes,
            kubeletCaHostPath: args.kubeletCaHostPath,
            ready: nodesReadiness({
                name,
                inventory,
                kubeletCa: undefined,
                needsAggregation: true,
                kubeletCaHostPath: args.kubeletCaHostPath,
            }),
        });
        const result = pulumi.output(command?.stdout ?? "").apply(preflightResult);
        this.kubernetesVersion = result.apply(({ kubernetesVersion }) => kubernetesVersion);
        this.nodeCount = result.apply(({ nodeCount }) => nodeCount);
        this.registerOutputs({
            kubernetesVersion: this.kubernetesVersion,
            nodeCount: this.nodeCount,
        });
    }
}

/** What is wrong with the arguments beside those about each node. */
function furtherProblems(args: ClusterPreflightArgs, nodes: Parsed<Inventory>): string[] {
    const version =
        args.kubernetesVersion === undefined
            ? undefined
            : kubernetesVersionProblem(args.kubernetesVersion);
    const noControlPlane =
        nodes.value !== undefined && nodes.value.first === undefined
            ? [
                  "nodes has no node with role controlPlane, where the cluster is looked at; expected one; next: give a control plane role: controlPlane",
              ]
            : [];
    return [
        ...noControlPlane,
        ...(version === undefined ? [] : [version]),
        ...addressTypeProblems(args.kubeletPreferredAddressTypes),
        ...hostPathProblems(args.kubeletCaHostPath),
    ];
}
