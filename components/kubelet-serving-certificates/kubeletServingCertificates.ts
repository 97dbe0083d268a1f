import * as pulumi from "@pulumi/pulumi";
import type { remote } from "@pulumi/command";
import { createCsrController } from "./csrController";
import { inventoryText, type Identity } from "../nodes/inventory";
import { kubeletCaProblem } from "../shared/kubeletCaProblem";
import type { KubeletServingCertificatesArgs } from "./kubeletServingCertificatesArgs";
import { CsrApprovalMode, OnRemove } from "../nodes/nodeArgs";
import { nodeCommand } from "../ssh/nodeCommand";
import {
    approvalMode,
    approvalSeconds,
    controlPlanes,
    identities,
    nodesProblems,
    ownIdentity,
    plannedNodes,
    type PlannedNode,
} from "../nodes/nodePlan";
import { nodeResult, type NodeResult } from "./nodeResult";
import { inheritedDependsOn, type Dependencies } from "../shared/inheritedDependsOn";
import { inheritedReadiness } from "./readiness";
import { refuse } from "../shared/invalidArguments";
import { rolloutSteps } from "./rollout";
import {
    approvalScript,
    verificationScript,
    kubeletConfigScript,
    kubeletScript,
} from "../ssh/nodeScripts";

/** The longest wait that the arguments allow, and the time for all else on a node: lock, restart, health check, roll-back. */
const NODE_SECONDS = 3600 + 600;
/** Seconds for a script that restarts nothing. */
const QUICK_SECONDS = 300;

/**
 * Makes every kubelet serve a certificate that the cluster's CA signed: turns `serverTLSBootstrap` on, restarts the
 * kubelet where it has to be restarted, has the certificate signing requests of exactly these nodes approved, and verifies
 * what each kubelet then serves. kubeadm's `kubelet-config` ConfigMap is kept in step, so upgrades and new nodes keep it.
 */
export class KubeletServingCertificates extends pulumi.ComponentResource {
    /** When each kubelet's serving certificate expires, RFC 3339, by node name. Rotation renews it long before. */
    public readonly notAfter: pulumi.Output<Record<string, string>>;
    /** What was done on each node by the run that changed it last, by node name. */
    public readonly results: pulumi.Output<Record<string, NodeResult>>;

    constructor(
        name: string,
        args: KubeletServingCertificatesArgs,
        opts?: pulumi.ComponentResourceOptions,
    ) {
        const ca = kubeletCaProblem(args.kubeletCa);
        refuse("KubeletServingCertificates", name, [
            ...nodesProblems(args),
            ...(ca === undefined ? [] : [ca]),
        ]);
        super("secure-metrics-server:index:KubeletServingCertificates", name, {}, opts);
        const all = identities("KubeletServingCertificates", name, args);
        const ready = inheritedReadiness(opts?.parent, { name, args, all });
        const context = {
            name,
            args,
            all,
            ready,
            parent: this,
            dependsOn: inheritedDependsOn(opts),
        };

        const approval = createApproval(context);
        const config = createKubeletConfig({
            ...context,
            dependsOn: [...context.dependsOn, ...approval],
        });
        const nodes = createNodes({
            ...context,
            dependsOn: [...context.dependsOn, ...approval, ...config],
        });
        createVerification({ ...context, dependsOn: Object.values(nodes) });

        this.results = pulumi.output(
            Object.fromEntries(
                Object.entries(nodes).map(([node, command]) => [
                    node,
                    command.stdout.apply(nodeResult),
                ]),
            ),
        );
        this.notAfter = this.results.apply((results) =>
            Object.fromEntries(
                Object.entries(results).map(([node, { notAfter }]) => [node, notAfter]),
            ),
        );
        this.registerOutputs({ notAfter: this.notAfter, results: this.results });
    }
}

/** What every part of the component is made from. */
interface Context {
    name: string;
    args: KubeletServingCertificatesArgs;
    all: pulumi.Output<Identity[]>;
    parent: KubeletServingCertificates;
    dependsOn: Dependencies;
    /** Looks at all nodes before the first of them is changed. */
    ready: () => Promise<void>;
}

/** Somebody who approves has to be there before the first kubelet asks. */
function createApproval({ name, args, all, parent, dependsOn, ready }: Context): pulumi.Resource[] {
    const mode = approvalMode(args);
    if (mode === CsrApprovalMode.Controller) {
        return createCsrController(`${name}-csr-approver`, all, args.csrApproval?.controllerImage, {
            parent,
            dependsOn,
        });
    }
    if (mode === CsrApprovalMode.External) {
        return [];
    }
    return controlPlanes(args.nodes).map((node) =>
        nodeCommand(
            `${name}-csr-approval-${node.name}`,
            {
                node: node.name,
                args: node.args,
                ssh: args.ssh,
                script: approvalScript(
                    node.name,
                    name,
                    all.apply(inventoryText),
                    approvalSeconds(args).interval,
                ),
                ensure: "install",
                revert: "uninstall",
                seconds: QUICK_SECONDS,
                detectDrift: args.driftDetection,
                beforeFirst: ready,
            },
            { parent, dependsOn },
        ),
    );
}

/**
 * kubeadm's ConfigMap comes before the nodes: a node that joins in between then has the setting already. It goes back with the
 * approver, whatever happens to nodes: the next one that joins must not ask where nobody answers.
 */
function createKubeletConfig({ name, args, parent, dependsOn, ready }: Context): remote.Command[] {
    return controlPlanes(args.nodes)
        .slice(0, 1)
        .map((node) =>
            nodeCommand(
                `${name}-kubelet-config`,
                {
                    node: node.name,
                    args: node.args,
                    ssh: args.ssh,
                    script: kubeletConfigScript(node.name),
                    ensure: "ensure",
                    revert: "revert",
                    seconds: QUICK_SECONDS,
                    detectDrift: args.driftDetection,
                    ...(approvalMode(args) !== CsrApprovalMode.ControlPlane && {
                        beforeFirst: ready,
                    }),
                },
                { parent, dependsOn },
            ),
        );
}

/** One command a node, in the order of the roll-out. */
function createNodes(context: Context): Record<string, remote.Command> {
    const nodes = plannedNodes(context.args.nodes);
    const byName = new Map(nodes.map((node) => [node.name, node]));
    const commands: Record<string, remote.Command> = {};
    const nothingBefore = controlPlanes(context.args.nodes).length === 0;
    for (const step of rolloutSteps(nodes, context.args.maxUnavailable ?? 1)) {
        const node = byName.get(step.name);
        if (node !== undefined) {
            const before = step.after.flatMap((name) => commands[name] ?? []);
            commands[step.name] = createNode({
                ...context,
                node,
                isFirst: nothingBefore && step.after.length === 0,
                dependsOn: [...context.dependsOn, ...before],
            });
        }
    }
    return commands;
}

function createNode(context: Context & { node: PlannedNode; isFirst: boolean }) {
    const { name, args, parent, dependsOn, node, isFirst, ready } = context;
    const { timeout } = approvalSeconds(args);
    return nodeCommand(
        `${name}-node-${node.name}`,
        {
            node: node.name,
            args: node.args,
            ssh: args.ssh,
            script: kubeletScript(ownIdentity(name, node, args), timeout, args.kubeletCa),
            ensure: "ensure",
            revert: "revert",
            // Not the wait of the moment: a changed setting has to be a changed script, not a changed command line.
            seconds: NODE_SECONDS,
            detectDrift: args.driftDetection,
            ...(isFirst && { beforeFirst: ready }),
        },
        { parent, dependsOn, retainOnDelete: retained(args) },
    );
}

/** Verifies all kubelets from a control plane, with the very CA that metrics-server will use. */
function createVerification({ name, args, all, parent, dependsOn }: Context): void {
    for (const node of controlPlanes(args.nodes).slice(0, 1)) {
        nodeCommand(
            `${name}-verification`,
            {
                node: node.name,
                args: node.args,
                ssh: args.ssh,
                script: verificationScript(node.name, {
                    INVENTORY: all.apply(inventoryText),
                    KUBELET_CA: args.kubeletCa,
                }),
                ensure: "kubelets",
                seconds: QUICK_SECONDS,
            },
            { parent, dependsOn },
        );
    }
}

/** `delete` is always set and this option decides, so that switching it runs nothing on any node. */
function retained(args: KubeletServingCertificatesArgs): boolean {
    return (args.onRemove ?? OnRemove.Retain) === OnRemove.Retain;
}
