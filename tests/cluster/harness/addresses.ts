/**
 * The cluster's networks. The nodes' default gateway is the bridge, in a namespace that has no other way out: a packet for
 * anywhere else is refused there, at once, and never reaches a network of the machine.
 */
export const ADDRESSES = {
    nodeSubnet: "10.77.0.0/24",
    host: "10.77.0.1",
    gateway: "10.77.0.254",
    podSubnet: "10.244.0.0/16",
    serviceSubnet: "10.96.0.0/16",
    /** The API server, as pods see it. */
    kubernetesService: "10.96.0.1",
} as const;

/** The machine's end of the cluster's network. */
export const HOST_LINK = "smscluster0";

const NODE_PREFIX = "10.77.0.";
const CONTROL_PLANE = 11;
const FIRST_WORKER = 21;
const LAST_WORKER = 200;

/** cp1's address. */
export const CONTROL_PLANE_IP = `${NODE_PREFIX}${CONTROL_PLANE}`;

/** The lowest worker address that is not taken. */
export function freeWorkerAddress(taken: readonly string[]): string {
    for (let number = FIRST_WORKER; number <= LAST_WORKER; number++) {
        const ip = `${NODE_PREFIX}${number}`;
        if (!taken.includes(ip)) {
            return ip;
        }
    }
    throw new Error("the node network has no address left");
}

/** The name of a node's port on the bridge. */
export function bridgePort(ip: string): string {
    return `port${ip.slice(NODE_PREFIX.length)}`;
}
