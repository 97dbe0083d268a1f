import {
    canonicalAddress,
    isAddress,
    isDnsSubdomain,
    isReservedIdentity,
    looksLikeAddress,
} from "./addresses";
import { hostKeyProblem } from "./hostKey";
import { isSet, valueNow } from "../shared/knownNow";
import { CsrApprovalMode, NodeRole } from "./nodeArgs";
import type { HostFacts, NodeFacts } from "./nodeFacts";

/** Everything that is wrong with `nodes`, each in a sentence that names the argument. */
export function nodeProblems(nodes: NodeFacts[], mode: CsrApprovalMode): string[] {
    if (nodes.length === 0) {
        return [
            'nodes is empty; expected one entry a node, such as { w1: { host: "10.0.0.12", hostKey: "ssh-ed25519 AAAA…" } }',
        ];
    }
    return [
        ...nodes.flatMap(oneNode),
        ...nodes.flatMap(identityProblems),
        ...sameHosts(nodes),
        ...(sameHosts(nodes).length > 0 ? [] : sharedIdentities(nodes)),
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
    problems.push(...endpointProblems(at, `${at}.ssh`, node));
    if (node.bastion !== undefined) {
        const bastion = `${at}.ssh.bastion`;
        problems.push(...endpointProblems(bastion, bastion, node.bastion));
    }
    return problems;
}

function endpointProblems(at: string, ssh: string, facts: HostFacts): string[] {
    const [host, port, user] = [valueNow(facts.host), valueNow(facts.port), valueNow(facts.user)];
    const problems: string[] = [];
    if (facts.host.known && !isHost(host)) {
        problems.push(
            `${at}.host is ${host === undefined ? "missing" : `"${host}"`}; expected an address or a DNS name, without brackets or port`,
        );
    }
    const key =
        facts.hostKey.known &&
        hostKeyProblem(facts.hostKey.value, host, facts.port.known ? (port ?? 22) : undefined);
    if (typeof key === "string") {
        problems.push(`${at}.hostKey ${key}`);
    }
    if (port !== undefined && !(Number.isInteger(port) && port >= 1 && port <= 65535)) {
        problems.push(`${ssh}.port is ${String(port)}; expected a whole number from 1 to 65535`);
    }
    if (user !== undefined && !/^[a-zA-Z_][-a-zA-Z0-9_.]*\$?$/.test(user)) {
        problems.push(`${ssh}.user is "${user}"; expected a login name`);
    }
    return problems;
}

function isHost(host: string | undefined): boolean {
    return host !== undefined && (isAddress(host) || isName(host.toLowerCase()));
}

/** A DNS name that cannot be a mistyped address. */
function isName(text: string): boolean {
    return isDnsSubdomain(text) && !looksLikeAddress(text);
}

/** Approval and the node's own script compare addresses, so the inventory has to be complete and harmless. */
function identityProblems(node: NodeFacts): string[] {
    const at = `nodes.${node.name}`;
    const known = claimedNow(node);
    const malformed = (node.addresses === undefined ? [] : known)
        .filter((name) => !isAddress(name) && !isName(name))
        .map((name) => `${at}.addresses has "${name}"; expected addresses and DNS names`);
    const reserved = [node.name, ...known]
        .filter(isReservedIdentity)
        .map(
            (name) =>
                `${at}: "${name}" is a name of the API server or belongs to no single node; a certificate with it could impersonate the API server`,
        );
    return [...malformed, ...addressProblems(node, known), ...reserved];
}

/** The addresses and names that a node claims beside its own, as far as they are known. */
function claimedNow({ addresses, host }: NodeFacts): string[] {
    return (addresses ?? [host]).filter(isSet).map(({ value }) => value);
}

/** A kubelet never asks for a certificate without an address, so one has to be allowed. */
function addressProblems(node: NodeFacts, known: string[]): string[] {
    const complete = (node.addresses ?? [node.host]).every(isSet);
    const hostIsWrong = node.addresses === undefined && !known.every(isHost);
    if (!complete || hostIsWrong || known.some(isAddress)) {
        return [];
    }
    const found =
        node.addresses === undefined
            ? "is missing; host is a DNS name, and the certificate is issued for addresses"
            : "has no address, and the certificate is issued for addresses";
    return [
        `nodes.${node.name}.addresses ${found}; set it to what this prints: kubectl get node ${node.name} -o jsonpath='{.status.addresses[*].address}'`,
    ];
}

/** Each address and name may be in one node's certificate only: otherwise one node could have a certificate for another. */
function sharedIdentities(nodes: NodeFacts[]): string[] {
    const owners = new Map<string, string>(nodes.map(({ name }) => [name, name]));
    return nodes.flatMap((node) => {
        const names = claimedNow(node).map(canonicalAddress);
        return [...new Set(names)].flatMap((name) => {
            const owner = owners.get(name);
            owners.set(name, owner ?? node.name);
            return owner === undefined || owner === node.name
                ? []
                : [
                      `nodes.${node.name} and nodes.${owner} both claim "${name}"; expected each address and name at one node only`,
                  ];
        });
    });
}

/** The same host twice is a copied line: one of the two is another machine, or none. */
function sameHosts(nodes: NodeFacts[]): string[] {
    const first = new Map<string, string>();
    return nodes.flatMap((node) => {
        const endpoint = endpointOf(node);
        if (endpoint === undefined) {
            return [];
        }
        const through = node.bastion === undefined ? "" : endpointOf(node.bastion);
        const key = `${endpoint} ${through ?? node.name}`;
        const other = first.get(key);
        first.set(key, other ?? node.name);
        return other === undefined
            ? []
            : [`nodes.${node.name} and nodes.${other} are the same host (${endpoint})`];
    });
}

function endpointOf({ host, port }: HostFacts): string | undefined {
    return isSet(host) && port.known
        ? `${canonicalAddress(host.value.toLowerCase())} port ${port.value ?? 22}`
        : undefined;
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
