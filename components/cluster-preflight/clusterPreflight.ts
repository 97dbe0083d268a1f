import * as pulumi from "@pulumi/pulumi";
import { nodesReadiness } from "../kubelet-serving-certificates/readiness";
import { kubernetesVersionProblem } from "../metrics-server/releases";
import { controlPlanes, identities, nodesProblems } from "../nodes/nodePlan";
import { inheritedDependsOn } from "../shared/inheritedDependsOn";
import { refuse } from "../shared/invalidArguments";
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
        refuse("ClusterPreflight", name, clusterPreflightProblems(args));
        super("secure-metrics-server:index:ClusterPreflight", name, {}, opts);
        const all = identities("ClusterPreflight", name, args);
        const context = { name, args, all, parent: this, dependsOn: inheritedDependsOn(opts) };
        const [command] = createPreflight(context, {
            kubernetesVersion: args.kubernetesVersion,
            hostNetwork: args.hostNetwork,
            ready: nodesReadiness({ name, args, all }),
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

/** Everything that is wrong with the arguments, as far as their values are known. */
function clusterPreflightProblems(args: ClusterPreflightArgs): string[] {
    const nodes = nodesProblems(args);
    const version =
        args.kubernetesVersion === undefined
            ? undefined
            : kubernetesVersionProblem(args.kubernetesVersion);
    const noControlPlane =
        nodes.length === 0 && controlPlanes(args.nodes).length === 0
            ? [
                  "nodes has no node with role controlPlane, where the cluster is looked at; expected one; next: give a control plane role: controlPlane",
              ]
            : [];
    return [...nodes, ...noControlPlane, ...(version === undefined ? [] : [version])];
}
