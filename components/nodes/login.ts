import type { NodeArgs, SshArgs } from "./nodeArgs";

/** The settings of one node: its own, and for what it does not set, those for all nodes. */
export function sshOf(node: NodeArgs, ssh: SshArgs | undefined): SshArgs {
    const set = Object.entries(node.ssh ?? {}).filter(([, value]) => value !== undefined);
    const own = Object.fromEntries(set) as SshArgs;
    // A passphrase belongs to its key: a node's own key never gets that of the common one.
    const common = own.privateKey === undefined ? ssh : { ...ssh, privateKeyPassphrase: undefined };
    return { ...common, ...own };
}
