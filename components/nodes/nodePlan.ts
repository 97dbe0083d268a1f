import * as pulumi from "@pulumi/pulumi";
import { sshOf } from "./login";
import { identityOf, type Identity } from "./inventory";
import type { NodesArgs } from "./nodesArgs";
import { CsrApprovalMode, NodeRole, OnRemove, type NodeArgs } from "./nodeArgs";
import { nodesShapeProblem, peekNodes } from "./nodeFacts";
import { refuse } from "../shared/invalidArguments";
import { nodeProblems, type NodeFacts } from "./nodeProblems";

/** A node with its name and role filled in. */
export interface PlannedNode {
    name: string;
    role: NodeRole;
    args: NodeArgs;
}

/** The nodes, sorted by name, with defaults filled in. */
export function plannedNodes(nodes: Record<string, NodeArgs>): PlannedNode[] {
    return Object.entries(nodes)
        .map(([name, args]) => ({ name, role: args.role ?? NodeRole.Worker, args }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** The control-plane nodes, sorted by name. Checks of the whole cluster run on the first. */
export function controlPlanes(nodes: Record<string, NodeArgs>): PlannedNode[] {
    return plannedNodes(nodes).filter(({ role }) => role === NodeRole.ControlPlane);
}

/** Everything that is wrong with the arguments about nodes, as far as their values are known. */
export function nodesProblems(args: NodesArgs): string[] {
    const shape = nodesShapeProblem(args.nodes);
    const nodes =
        shape === undefined
            ? nodeProblems(peekNodes(args.nodes, args.ssh), approvalMode(args))
            : [shape];
    return [...nodes, ...settingProblems(args)];
}

/** Seconds between two looks of the approver, and until a node gives its certificate up, with their defaults. */
export function approvalSeconds(args: Pick<NodesArgs, "csrApproval">): {
    interval: number;
    timeout: number;
} {
    const { intervalSeconds = 60, timeoutSeconds = 300 } = args.csrApproval ?? {};
    return { interval: intervalSeconds, timeout: timeoutSeconds };
}

export function approvalMode(args: NodesArgs): CsrApprovalMode {
    return args.csrApproval?.mode ?? CsrApprovalMode.ControlPlane;
}

function settingProblems(args: NodesArgs): string[] {
    const { maxUnavailable, onRemove, csrApproval } = args;
    const seconds = [
        ...wholeNumber("csrApproval.intervalSeconds", csrApproval?.intervalSeconds, 10, 3600),
        ...wholeNumber("csrApproval.timeoutSeconds", csrApproval?.timeoutSeconds, 30, 3600),
    ];
    return [
        ...wholeNumber("maxUnavailable", maxUnavailable, 1, 1000),
        ...(seconds.length > 0 ? seconds : patience(args)),
        ...oneOf("onRemove", onRemove, Object.values(OnRemove)),
        ...oneOf("csrApproval.mode", csrApproval?.mode, Object.values(CsrApprovalMode)),
    ];
}

/** A node that asks on its own waits for the approver's next look, and gives up after its time-out. */
function patience(args: NodesArgs): string[] {
    const { interval, timeout } = approvalSeconds(args);
    return approvalMode(args) === CsrApprovalMode.ControlPlane && interval >= timeout
        ? [
              `csrApproval.intervalSeconds is ${interval}; expected less than timeoutSeconds, which is ${timeout}`,
          ]
        : [];
}

function wholeNumber(at: string, value: number | undefined, low: number, high: number): string[] {
    return value === undefined || (Number.isInteger(value) && value >= low && value <= high)
        ? []
        : [`${at} is ${value}; expected a whole number from ${low} to ${high}`];
}

function oneOf(at: string, value: string | undefined, allowed: string[]): string[] {
    return value === undefined || allowed.includes(value)
        ? []
        : [`${at} is "${value}"; expected ${allowed.join(", ")}`];
}

/** The identities of all nodes, once they are known. What a preview could not check is checked here, again all at once. */
export function identities(
    component: string,
    name: string,
    args: NodesArgs,
): pulumi.Output<Identity[]> {
    const mode = approvalMode(args);
    return pulumi
        .all(plannedNodes(args.nodes).map((node) => resolved(node, args)))
        .apply((facts) => {
            refuse(component, name, nodeProblems(facts, mode));
            return facts.map((node) =>
                identityOf(node.name, text(node.host), node.addresses?.map(text)),
            );
        });
}

function text(value: unknown): string {
    return typeof value === "string" ? value : "";
}

/**
 * The identity of one node, which a preview may know while it does not know another's. What could not be checked before is
 * checked here.
 */
export function ownIdentity(
    name: string,
    node: PlannedNode,
    args: NodesArgs,
): pulumi.Output<Identity> {
    return resolved(node, args).apply((facts) => {
        refuse("KubeletServingCertificates", name, nodeProblems([facts], CsrApprovalMode.External));
        return identityOf(node.name, text(facts.host), facts.addresses?.map(text));
    });
}

/** The facts of a node with every output resolved. */
function resolved(
    { name, role, args: node }: PlannedNode,
    args: NodesArgs,
): pulumi.Output<NodeFacts> {
    const login = sshOf(node, args.ssh);
    const bastion = login.bastion && {
        host: login.bastion.host,
        hostKey: login.bastion.hostKey,
        port: login.bastion.port,
        user: login.bastion.user,
    };
    return pulumi.unsecret(
        pulumi.output({
            name,
            role,
            host: node.host,
            hostKey: node.hostKey,
            port: login.port,
            user: login.user,
            addresses: node.addresses,
            bastion,
        }),
    );
}
