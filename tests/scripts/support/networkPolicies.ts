/** What the template of network-policies.sh prints for a NetworkPolicy, without rules yet. */
export function policy(name: string, ...types: string[]): string[] {
    return [`policy\t${JSON.stringify(name)}`, ...types.map((type) => `type\t${type}`)];
}

/** A policy that selects every pod and lets nothing through. */
export function deny(...types: string[]): string[] {
    return policy("default-deny", ...types);
}
