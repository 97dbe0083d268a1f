import type { NodeFacts } from "../../../components/nodes/nodeProblems";
import { NodeRole } from "../../../index";
import { HOST_KEYS } from "./fixtures";

/** A control plane that nothing is wrong with. */
export const CP1: NodeFacts = {
    name: "cp1",
    host: "10.0.0.11",
    hostKey: HOST_KEYS.cp1,
    port: undefined,
    user: undefined,
    role: NodeRole.ControlPlane,
    addresses: undefined,
    bastion: undefined,
};

/** A worker that nothing is wrong with, but for what is given. */
export function w1(different: Partial<NodeFacts>): NodeFacts {
    return {
        ...CP1,
        name: "w1",
        host: "10.0.0.12",
        hostKey: HOST_KEYS.w1,
        role: undefined,
        ...different,
    };
}

/** What a host key's problem ends with for a host. */
export function getKey(host: string): string {
    return `get it with: ssh-keyscan -t ed25519 ${host}, compare it on the node's console with: ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub`;
}
