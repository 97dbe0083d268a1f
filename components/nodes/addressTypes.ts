/** A type of address in a Node's `status.addresses`. */
export enum NodeAddressType {
    /** An address in the cluster's own network. */
    InternalIP = "InternalIP",
    /** An address that is reached from outside. */
    ExternalIP = "ExternalIP",
    /** The name that the node calls itself. It has to be resolved in metrics-server's pods and on the control planes. */
    Hostname = "Hostname",
    /** A DNS name in the cluster's own network. */
    InternalDNS = "InternalDNS",
    /** A DNS name that is reached from outside. */
    ExternalDNS = "ExternalDNS",
}

/** Which addresses kubelets are asked at when nothing is said, the preferred one first: as upstream's manifests. */
export const DEFAULT_ADDRESS_TYPES: readonly NodeAddressType[] = [
    NodeAddressType.InternalIP,
    NodeAddressType.ExternalIP,
    NodeAddressType.Hostname,
];

/** What is wrong with a choice of addresses. */
export function addressTypeProblems(types: readonly NodeAddressType[] | undefined): string[] {
    if (types === undefined) {
        return [];
    }
    const known = Object.values<string>(NodeAddressType);
    const given: readonly string[] = types;
    const expected = `expected some of ${known.join(", ")}, the preferred one first`;
    if (given.length === 0) {
        return [`kubeletPreferredAddressTypes is empty; ${expected}`];
    }
    return [
        ...given
            .filter((type) => !known.includes(type))
            .map((type) => `kubeletPreferredAddressTypes has "${type}"; ${expected}`),
        ...given
            .filter((type, at) => known.includes(type) && given.indexOf(type) !== at)
            .map((type) => `kubeletPreferredAddressTypes has ${type} twice; ${expected}`),
    ];
}

/** The choice as a script reads it; undefined where the script's own default holds. */
export function addressTypesText(
    types: readonly NodeAddressType[] | undefined,
): string | undefined {
    return types?.join(" ");
}
