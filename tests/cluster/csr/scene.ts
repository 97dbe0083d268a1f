import {
    nodeAddresses,
    nodeLine,
    pendingRequest,
    serviceLine,
    type PendingRequest,
} from "./listing";
import type { KubeletNames } from "./request";
import type { HostileRequest, World } from "./world";

/** A cluster for tests that have none. */
export const WORLD: World = {
    own: { node: "w1", dns: ["w1"], ips: ["10.0.0.11", "2001:db8::11"] },
    other: { node: "w2", dns: ["w2"], ips: ["10.0.0.12"] },
    controlPlane: { node: "cp1", dns: ["cp1"], ips: ["10.0.0.10"] },
    serviceAddress: "10.96.0.1",
};
export const NODES = [WORLD.own, WORLD.other, WORLD.controlPlane];

/** An inventory and a cluster in which these kubelets are as they should be. */
export function sceneOf(nodes: KubeletNames[]): { inventory: string; cluster: string[] } {
    return {
        inventory: nodes
            .map(({ node, dns, ips }) => `${[node, ...dns, ...ips].join(" ")}\n`)
            .join(""),
        cluster: [
            serviceLine("10.96.0.1"),
            ...nodes.map((names) => nodeLine(names.node, nodeAddresses(names))),
        ],
    };
}

/** A hostile request as the API server would keep it if it came from w1. */
export function pendingHostile(request: HostileRequest, number: number): PendingRequest {
    const { pem, objectName, usages, expirationSeconds, signerName } = request;
    return pendingRequest("w1", pem, number, {
        ...(usages && { usages }),
        ...(signerName && { signerName }),
        ...(objectName && { name: objectName }),
        expirationSeconds,
    });
}
