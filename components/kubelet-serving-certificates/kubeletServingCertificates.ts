import * as pulumi from "@pulumi/pulumi";
import type { remote } from "@pulumi/command";
import { createCsrController } from "./csrController";
import { inventoryText } from "../nodes/inventory";
import { checkedKubeletCa, kubeletCaProblems } from "../shared/kubeletCa";
import type { KubeletServingCertificatesArgs } from "./kubeletServingCertificatesArgs";
import { CsrApprovalMode, OnRemove } from "../nodes/nodeArgs";
import { keepNodeCommands } from "./nodeCommands";
import { nodeCommand } from "../ssh/nodeCommand";
import { inventoryFrom, type Inventory, type InventoryNode } from "../nodes/parseNodes";
import { nodeResult, type NodeResult } from "./nodeResult";
import { acceptedForm } from "../shared/argumentForm";
import { warn } from "../shared/log";
import { inheritedDependsOn, type Dependencies } from "../shared/inheritedDependsOn";
import { accepted } from "../shared/invalidArguments";
import { addressTypeProblems, addressTypesText } from "../nodes/addressTypes";
import { caFileOf } from "./caFile";
import { inheritedReadiness } from "./readiness";
import { lastSteps, rolloutSteps } from "./rollout";
import { approvalScript, kubeletScript, nodeScript } from "../ssh/nodeScripts";

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
        const owner = { component: "KubeletServingCertificates", name };
        args = acceptedForm(owner, args);
        const { kubeletPreferredAddressTypes } = args;
        const inventory = accepted(owner, inventoryFrom(args, owner), [
            ...kubeletCaProblems(args),
            ...addressTypeProblems(kubeletPreferredAddressTypes),
        ]);
        super("secure-metrics-server:index:KubeletServingCertificates", name, {}, opts);
        const kubeletCa = checkedKubeletCa(owner, args);
        const ready = inheritedReadiness(opts?.parent, { name, inventory, kubeletCa });
        const context = {
            name,
            inventory,
            kubeletCa,
            caFile: caFileOf(args),
            addressTypes: addressTypesText(kubeletPreferredAddressTypes),
            ready,
            parent: this,
            dependsOn: inheritedDependsOn(opts),
        };

        const approval = createApproval(context);
        const config = createKubeletConfig({
            ...context,
            dependsOn: [...context.dependsOn, ...approval],
        });
        const { nodes, canary, last } = createNodes({
            ...context,
            dependsOn: [...context.dependsOn, ...approval, ...config],
        });
        const verification = createVerification({ ...context, dependsOn: last });
        keepNodeCommands(this, {
            canary,
            verified: verification.length > 0 ? verification : last,
        });

        this.results = pulumi.output(
            Object.fromEntries(
                Object.entries(nodes).map(([node, command]) => [node, resultOf(node, command)]),
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

/** What a node's script reported. The text itself stays a secret, its facts are none. */
function resultOf(node: string, command: remote.Command): pulumi.Output<NodeResult> {
    return pulumi.unsecret(command.stdout).apply((stdout) => {
        const { result, problems } = nodeResult(node, stdout);
        for (const problem of problems) void warn(problem);
        return result;
    });
}

/** What every part of the component is made from. */
interface Context {
    name: string;
    inventory: Inventory;
    kubeletCa: pulumi.Input<string> | undefined;
    caFile: string | undefined;
    addressTypes: string | undefined;
    parent: KubeletServingCertificates;
    dependsOn: Dependencies;
    /** Looks at all nodes before the first of them is changed. */
    ready: () => Promise<void>;
}

/** Somebody who approves has to be there before the first kubelet asks. */
function createApproval({ name, inventory, parent, dependsOn, ready }: Context): pulumi.Resource[] {
    const { mode, interval, controllerImage } = inventory.approval;
    if (mode === CsrApprovalMode.Controller) {
        return createCsrController(`${name}-csr-approver`, inventory.identities, controllerImage, {
            parent,
            dependsOn,
        });
    }
    if (mode === CsrApprovalMode.External) {
        return [];
    }
    const { controlPlanes } = inventory;
    return controlPlanes.map((node) =>
        nodeCommand(
            `${name}-csr-approval-${node.name}`,
            {
                hook: `${name}-node`,
                node,
                script: approvalScript(
                    node.name,
                    name,
                    {
                        inventory: inventory.identities.apply(inventoryText),
                        controlPlanes: controlPlanes.map((each) => each.name),
                    },
                    interval,
                ),
                ensure: "install",
                revert: "uninstall",
                detectDrift: inventory.rollout.detectDrift,
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
function createKubeletConfig(context: Context): remote.Command[] {
    const { name, inventory, parent, dependsOn, ready } = context;
    const { first, rollout, approval } = inventory;
    if (first === undefined) {
        return [];
    }
    const command = nodeCommand(
        `${name}-kubelet-config`,
        {
            hook: `${name}-node`,
            node: first,
            script: nodeScript("kubelet-config", { NODE_NAME: first.name }),
            ensure: "ensure",
            revert: "revert",
            detectDrift: rollout.detectDrift,
            ...(approval.mode !== CsrApprovalMode.ControlPlane && { beforeFirst: ready }),
        },
        { parent, dependsOn },
    );
    return [command];
}

/**
 * One command a node, in the order of the roll-out, the one that nobody goes before, and those that are the last. A command waits for the one before it only,
 * and with it for all that that one waited for: the state has the URN of each that is named.
 */
function createNodes(context: Context): {
    nodes: Record<string, remote.Command>;
    canary: remote.Command[];
    last: remote.Command[];
} {
    const { nodes, rollout } = context.inventory;
    const byName = new Map(nodes.map((node) => [node.name, node]));
    const commands: Record<string, remote.Command> = {};
    const nothingBefore = context.inventory.first === undefined;
    const steps = rolloutSteps(nodes, rollout.maxUnavailable);
    for (const step of steps) {
        const node = byName.get(step.name);
        if (node !== undefined) {
            const before = step.after.flatMap((name) => commands[name] ?? []);
            commands[step.name] = createNode({
                ...context,
                node,
                isFirst: nothingBefore && step.after.length === 0,
                dependsOn: before.length > 0 ? before : context.dependsOn,
            });
        }
    }
    const commandsOf = (some: typeof steps): remote.Command[] =>
        some.flatMap(({ name }) => commands[name] ?? []);
    return {
        nodes: commands,
        canary: commandsOf(steps.slice(0, 1)),
        last: commandsOf(lastSteps(steps)),
    };
}

function createNode(context: Context & { node: InventoryNode; isFirst: boolean }): remote.Command {
    const { name, inventory, kubeletCa, parent, dependsOn, node, isFirst, ready } = context;
    const { detectDrift, onRemove } = inventory.rollout;
    return nodeCommand(
        `${name}-node-${node.name}`,
        {
            hook: `${name}-node`,
            node,
            script: kubeletScript(node.identity, inventory.approval.timeout, kubeletCa),
            ensure: "ensure",
            revert: "revert",
            detectDrift,
            ...(isFirst && { beforeFirst: ready }),
        },
        // `delete` is always set and this option decides, so that switching it runs nothing on any node.
        { parent, dependsOn, retainOnDelete: onRemove === OnRemove.Retain },
    );
}

/** Verifies all kubelets from a control plane, with the very CA that metrics-server will use. */
function createVerification(context: Context): remote.Command[] {
    const { name, inventory, kubeletCa, caFile, addressTypes, parent, dependsOn } = context;
    if (inventory.first === undefined) {
        return [];
    }
    const command = nodeCommand(
        `${name}-verification`,
        {
            hook: `${name}-node`,
            node: inventory.first,
            script: nodeScript("verification", {
                NODE_NAME: inventory.first.name,
                INVENTORY: inventory.identities.apply(inventoryText),
                KUBELET_CA: kubeletCa,
                KUBELET_CA_FILE: caFile,
                ADDRESS_TYPES: addressTypes,
            }),
            ensure: "kubelets",
        },
        { parent, dependsOn },
    );
    return [command];
}
