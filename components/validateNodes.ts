import { isAddress, isDnsSubdomain, isReservedIdentity } from "./addresses";
import { hostKeyProblem } from "./hostKey";
import { hasAddress, identityOf } from "./inventory";
import { isKnown, LATER, type Peeked } from "./later";
import { CsrApprovalMode, NodeRole } from "./nodeArgs";

/** What is known of a bastion or a node's login. */
export interface EndpointFacts {
    host: Peeked<string>;
    hostKey: Peeked<string>;
    port: Peeked<number>;
    user: Peeked<string>;
}

/** What is known of a node when the program is checked. */
export interface NodeFacts extends EndpointFacts {
    name: string;
    role: string | undefined;
    addresses: Peeked<string>[] | undefined;
    bastion: EndpointFacts | undefined;
}

/** Everything that is wrong with `nodes`, each in a sentence that names the argument. */
export function nodeProblems(nodes: NodeFacts[], mode: CsrApprovalMode): string[] {
    if (nodes.length === 0) {
        return [
            'nodes is empty; expected one entry a node, such as { w1: { host: "10.0.0.12", hostKey: "ssh-ed25519 AAAA…" } }',
        ];
    }
    return [
        ...nodes.flatMap(oneNode),
        ...nodes.flatMap((node) => identityProblems(node, mode)),
        ...duplicates(nodes),
        ...approvalProblems(nodes, mode),
    ];
}

function oneNode(node: NodeFacts): string[] {
    const at = `nodes.${node.name}`;
    const problems: string[] = [];
    if (!isDnsSubdomain(node.name)) {
        problems.push(
            `${at}: "${node.name}" is not a node name; expected a lower-case DNS name as \`kubectl get nodes\` prints it`,
        );
    }
    if (node.role !== undefined && !Object.values<string>(NodeRole).includes(node.role)) {
        problems.push(
            `${at}.role is "${node.role}"; expected ${Object.values(NodeRole).join(" or ")}`,
        );
    }
    problems.push(...endpointProblems(at, node));
    if (node.bastion !== undefined) {
        problems.push(...endpointProblems(`${at}.ssh.bastion`, node.bastion));
    }
    return problems;
}

function endpointProblems(at: string, { host, hostKey, port, user }: EndpointFacts): string[] {
    const problems: string[] = [];
    if (host !== LATER && !isHost(host)) {
        problems.push(
            `${at}.host is ${host === undefined ? "missing" : `"${host}"`}; expected an address or a DNS name, without brackets or port`,
        );
    }
    const key =
        hostKey === LATER ? undefined : hostKeyProblem(hostKey, isKnown(host) ? host : "<host>");
    if (key !== undefined) {
        problems.push(`${at}.hostKey ${key}`);
    }
    if (isKnown(port) && !(Number.isInteger(port) && port >= 1 && port <= 65535)) {
        problems.push(`${at}.port is ${String(port)}; expected a whole number from 1 to 65535`);
    }
    if (isKnown(user) && !/^[a-zA-Z_][-a-zA-Z0-9_.]*\$?$/.test(user)) {
        problems.push(`${at}.user is "${user}"; expected a login name`);
    }
    return problems;
}

function isHost(host: string | undefined): boolean {
    return host !== undefined && (isAddress(host) || isDnsSubdomain(host.toLowerCase()));
}

/** Approval compares addresses, so in the modes that do it the inventory has to be complete and harmless. */
function identityProblems(node: NodeFacts, mode: CsrApprovalMode): string[] {
    const at = `nodes.${node.name}`;
    const known = (node.addresses ?? [node.host]).filter(isKnown);
    const problems = known
        .filter((name) => !isAddress(name) && !isDnsSubdomain(name))
        .filter((name) => node.addresses !== undefined || name !== node.host)
        .map((name) => `${at}.addresses has "${name}"; expected addresses and DNS names`);
    const reserved = [node.name, ...known]
        .filter(isReservedIdentity)
        .map(
            (name) =>
                `${at}: "${name}" is a name of the API server or belongs to no single node; a certificate with it could impersonate the API server`,
        );
    const complete = (node.addresses ?? [node.host]).every(isKnown);
    if (complete && mode !== CsrApprovalMode.External) {
        const identity = identityOf(node.name, known[0] ?? "", known);
        if (!hasAddress(identity)) {
            problems.push(
                `${at}.addresses is missing; host is a DNS name, and the certificate is issued for addresses; set it to what this prints: kubectl get node ${node.name} -o jsonpath='{.status.addresses[*].address}'`,
            );
        }
    }
    return [...problems, ...reserved];
}

function duplicates(nodes: NodeFacts[]): string[] {
    const first = new Map<string, string>();
    return nodes.flatMap((node) => {
        if (!isKnown(node.host) || node.port === LATER) {
            return [];
        }
        const endpoint = `${node.host} port ${node.port ?? 22}`;
        const other = first.get(endpoint);
        first.set(endpoint, other ?? node.name);
        return other === undefined || node.bastion !== undefined
            ? []
            : [`nodes.${node.name} and nodes.${other} are the same host (${endpoint})`];
    });
}

function approvalProblems(nodes: NodeFacts[], mode: CsrApprovalMode): string[] {
    const hasControlPlane = nodes.some((node) => node.role === NodeRole.ControlPlane);
    if (mode !== CsrApprovalMode.ControlPlane || hasControlPlane) {
        return [];
    }
    return [
        "nodes has no control plane, where csrApproval.mode controlPlane runs; set role: NodeRole.ControlPlane on the control-plane nodes, or choose another mode",
    ];
}
