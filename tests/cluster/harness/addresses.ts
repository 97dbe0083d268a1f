import { isIPv6 } from "node:net";
import { INSTANCE } from "./instance";

/** The networks of one cluster. */
export interface Addresses {
    nodeSubnet: string;
    /** The machine's own address among the nodes. */
    host: string;
    gateway: string;
    /** In front of the API servers, where there are several. */
    loadBalancer: string;
    podSubnet: string;
    serviceSubnet: string;
    /** The API server, as pods see it. */
    kubernetesService: string;
}

/**
 * The networks of an instance. The machine has routes to all nodes and pods, so no two instances share any. The nodes' default
 * gateway is the bridge, in a namespace that has no other way out: a packet for anywhere else is refused there, at once, and
 * never reaches a network of the machine.
 */
export function addressesOf(instance: number): Addresses {
    const nodes = nodePrefix(instance);
    const services = `10.${96 + instance}.0.`;
    return {
        nodeSubnet: `${nodes}0/24`,
        host: `${nodes}1`,
        gateway: `${nodes}254`,
        loadBalancer: `${nodes}10`,
        podSubnet: `10.${244 + instance}.0.0/16`,
        serviceSubnet: `${services}0/16`,
        kubernetesService: `${services}1`,
    };
}

/** The machine's end of an instance's network. */
export function hostLinkOf(instance: number): string {
    return `smscluster${instance}`;
}

function nodePrefix(instance: number): string {
    return `10.77.${instance}.`;
}

/** The networks of this process's cluster. */
export const ADDRESSES = addressesOf(INSTANCE);

/** The machine's end of this process's cluster's network. */
export const HOST_LINK = hostLinkOf(INSTANCE);

const NODE_PREFIX = nodePrefix(INSTANCE);
const FIRST_CONTROL_PLANE = 11;
const FIRST_WORKER = 21;
const LAST_WORKER = 200;

/** The API server's port, also at the load balancer. */
export const API_PORT = 6443;

/** The address of a control plane, the first of which is number 1. */
export function controlPlaneAddress(number: number): string {
    return `${NODE_PREFIX}${FIRST_CONTROL_PLANE + number - 1}`;
}

/** Where the load balancer of several control planes is. */
export function loadBalancerAddresses(): string[] {
    return [ADDRESSES.loadBalancer];
}

/** An address and a port in one word, as everybody writes them. */
export function endpoint(address: string, port: number): string {
    return isIPv6(address) ? `[${address}]:${port}` : `${address}:${port}`;
}

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
