import { canonicalAddress } from "./addresses";

/** A node's identity: its name, and every address and DNS name that its certificate may carry. */
export interface Identity {
    name: string;
    names: string[];
}

/** The identity of a node from its arguments. `host` counts unless `addresses` says which ones are meant. */
export function identityOf(name: string, host: string, addresses: string[] | undefined): Identity {
    const given = (addresses ?? [host]).map(canonicalAddress);
    return { name, names: [...new Set([name, ...given.sort()])] };
}

/** The inventory that approval is bound to: one line a node, its name first, sorted. */
export function inventoryText(identities: Identity[]): string {
    return identities
        .map(({ name, names }) => [name, ...names.filter((other) => other !== name)].join(" "))
        .sort()
        .join("\n");
}
