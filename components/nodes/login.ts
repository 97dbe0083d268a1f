import type { BastionArgs, NodeArgs, SshArgs } from "./nodeArgs";

/** The settings of one node: its own, and for what it does not set, those for all nodes. */
export function sshOf(node: NodeArgs, ssh: SshArgs | undefined): SshArgs {
    const set = Object.entries(node.ssh ?? {}).filter(([, value]) => value !== undefined);
    const own = Object.fromEntries(set) as SshArgs;
    // A passphrase belongs to its key: a node's own key never gets that of the common one.
    const common = own.privateKey === undefined ? ssh : { ...ssh, privateKeyPassphrase: undefined };
    return { ...common, ...own };
}

/** A bastion logs in as the node does, unless it has a login of its own. Ports are never inherited. */
export function bastionLogin(bastion: BastionArgs, login: SshArgs): BastionArgs {
    const ownKey = bastion.privateKey !== undefined;
    return {
        host: bastion.host,
        hostKey: bastion.hostKey,
        user: bastion.user ?? login.user,
        port: bastion.port,
        privateKey: bastion.privateKey ?? login.privateKey,
        privateKeyPassphrase: ownKey ? bastion.privateKeyPassphrase : login.privateKeyPassphrase,
        agentSocketPath: bastion.agentSocketPath ?? login.agentSocketPath,
    };
}
