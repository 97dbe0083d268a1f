import type { KubeletNames } from "./request";

/** Who is who for the hostile requests: the node whose credential is stolen, and whom it would like to be. */
export interface World {
    own: KubeletNames;
    other: KubeletNames;
    /** A node with the API server on it. */
    controlPlane: KubeletNames;
    /** The ClusterIP of the `kubernetes` Service. */
    serviceAddress: string;
}

/** A request that must never be approved. */
export interface HostileRequest {
    /** A short name, unique in the suite. */
    id: string;
    theme: string;
    /** What is submitted as spec.request. */
    pem: Buffer;
    usages?: string[];
    expirationSeconds?: number;
    signerName?: string;
    /** Only a check of the signature tells: the API server does that before it stores a request. */
    forged?: boolean;
    /** The object's name, where the name itself is the attack. */
    objectName?: string;
}

/** A request before it has its theme. */
export type Draft = Omit<HostileRequest, "theme">;

export function themed(theme: string, drafts: Draft[]): HostileRequest[] {
    return drafts.map((draft) => ({ theme, ...draft }));
}
