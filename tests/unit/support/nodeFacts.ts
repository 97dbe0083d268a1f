import type { HostFacts, NodeFacts } from "../../../components/nodes/nodeFacts";
import { known, LATER, type Later, type Peeked } from "../../../components/shared/knownNow";
import { NodeRole } from "../../../index";
import { HOST_KEYS } from "./fixtures";

/** What is known of a host: a value, nothing, or that it is known later. */
export interface PlainHost {
    host?: string | Later | undefined;
    hostKey?: string | Later | undefined;
    port?: number | Later | undefined;
    user?: string | Later | undefined;
}

/** What is known of a node. */
export interface PlainNode extends PlainHost {
    name?: string;
    role?: string | undefined;
    addresses?: (string | Later)[] | undefined;
    bastion?: PlainHost;
}

function peeked<T extends string | number>(value: T | Later | undefined): Peeked<T | undefined> {
    return typeof value === "object" ? LATER : known(value);
}

function hostFacts({ host, hostKey, port, user }: PlainHost): HostFacts {
    return {
        host: peeked(host),
        hostKey: peeked(hostKey),
        port: peeked(port),
        user: peeked(user),
    };
}

function nodeFacts(name: string, node: PlainNode): NodeFacts {
    return {
        name,
        role: node.role,
        ...hostFacts(node),
        addresses: node.addresses?.map((address) => peeked(address)),
        bastion: node.bastion && hostFacts(node.bastion),
    };
}

/** A control plane that nothing is wrong with, but for what is given. */
export function cp1(different: PlainNode): NodeFacts {
    const node = {
        host: "10.0.0.11",
        hostKey: HOST_KEYS.cp1,
        role: NodeRole.ControlPlane,
        ...different,
    };
    return nodeFacts("cp1", node);
}

export const CP1 = cp1({});

/** A worker that nothing is wrong with, but for what is given. */
export function w1(different: PlainNode): NodeFacts {
    const node = { name: "w1", host: "10.0.0.12", hostKey: HOST_KEYS.w1, ...different };
    return nodeFacts(node.name, node);
}

/** What a host key's problem ends with for a host. */
export function getKey(host: string): string {
    return `get it with: ssh-keyscan -t ed25519 ${host}, compare it on the node's console with: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`;
}
