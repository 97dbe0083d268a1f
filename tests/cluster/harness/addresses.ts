import { isIPv6 } from "node:net";
import { INSTANCE } from "./instance";

/** Which families of addresses a cluster has. */
export type IpFamily = "ipv4" | "ipv6" | "dual";

/** The networks of one cluster, of one family. */
export interface Addresses {
    /** The nodes' network, what all of its addresses begin with, and how many bits of them that is. */
    nodeSubnet: string;
    nodePrefix: string;
    prefixLength: number;
    /** The machine's own address among the nodes. */
    host: string;
    gateway: string;
    /** In front of the API servers, where there are several. */
    loadBalancer: string;
    podSubnet: string;
    serviceSubnet: string;
    /** The API server, as pods see it. */
    kubernetesService: string;
    /** What a default route is for. */
    everywhere: string;
}

/**
 * The networks of an instance. The machine has routes to all nodes and pods, so no two instances share any. The nodes' default
 * gateway is the bridge, in a namespace that has no other way out: a packet for anywhere else is refused there, at once, and
 * never reaches a network of the machine.
 */
export function addressesOf(instance: number): Addresses {
    const nodePrefix = `10.77.${instance}.`;
    const services = `10.${96 + instance}.0.`;
    return {
        nodeSubnet: `${nodePrefix}0/24`,
        nodePrefix,
        prefixLength: 24,
        host: `${nodePrefix}1`,
        gateway: `${nodePrefix}254`,
        loadBalancer: `${nodePrefix}10`,
        podSubnet: `10.${244 + instance}.0.0/16`,
        serviceSubnet: `${services}0/16`,
        kubernetesService: `${services}1`,
        everywhere: "0.0.0.0/0",
    };
}

/** The same of IPv6. Nodes have the same last numbers as in IPv4, to the eye. */
export function addresses6Of(instance: number): Addresses {
    const site = `fd77:5ec:c${instance}`;
    const nodePrefix = `${site}::`;
    return {
        nodeSubnet: `${nodePrefix}/64`,
        nodePrefix,
        prefixLength: 64,
        host: `${nodePrefix}1`,
        gateway: `${nodePrefix}254`,
        loadBalancer: `${nodePrefix}10`,
        podSubnet: `${site}:100::/56`,
        serviceSubnet: `${site}:200::/112`,
        kubernetesService: `${site}:200::1`,
        everywhere: "::/0",
    };
}

/** The machine's end of an instance's network. */
export function hostLinkOf(instance: number): string {
    return `smscluster${instance}`;
}

/** The machine's end of this process's cluster's network. */
export const HOST_LINK = hostLinkOf(INSTANCE);

/** The API server's port, also at the load balancer. */
export const API_PORT = 6443;

/** The networks of this process's cluster, one a family. The first family is the one of whatever has only one address. */
export function networksOf(family: IpFamily): [Addresses, ...Addresses[]] {
    const four = addressesOf(INSTANCE);
    const six = addresses6Of(INSTANCE);
    return family === "dual" ? [four, six] : [family === "ipv4" ? four : six];
}

/** The numbers of nodes, from the first to the last that there may be. */
const NUMBERS = { controlPlane: [11, 19], worker: [21, 99] } as const;
/** What a node's number is more in its external address. */
const EXTERNAL = 100;

/** The number of the first control plane. */
export const [FIRST_CONTROL_PLANE] = NUMBERS.controlPlane;

/** The lowest number for a node that is not taken. */
export function freeNumber(role: keyof typeof NUMBERS, taken: readonly number[]): number {
    const [first, last] = NUMBERS[role];
    for (let number = first; number <= last; number++) {
        if (!taken.includes(number)) {
            return number;
        }
    }
    throw new Error("the node network has no address left");
}

/** A node's address in a network. */
export function addressIn({ nodePrefix }: Addresses, number: number): string {
    return `${nodePrefix}${number}`;
}

/** Where a node can be reached as well, as if from outside. */
export function externalAddressIn(network: Addresses, number: number): string {
    return addressIn(network, number + EXTERNAL);
}

/** An address and a port in one word, as everybody writes them. */
export function endpoint(address: string, port: number): string {
    return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}
