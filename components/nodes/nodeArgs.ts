import type { Input } from "@pulumi/pulumi";

/** What a node is in the cluster. */
export enum NodeRole {
    /** A node without the API server. */
    Worker = "worker",
    /** A node that runs the API server and has kubeadm's /etc/kubernetes/admin.conf. */
    ControlPlane = "controlPlane",
}

/** What happens on a node when it leaves `nodes` or the stack is destroyed. */
export enum OnRemove {
    /**
     * The node is left as it is and not contacted: it serves its issued certificate until that ends, and needs another
     * approver to renew it.
     */
    Retain = "retain",
    /** The setting that was added is taken back and the kubelet restarted. */
    Revert = "revert",
}

/** Who approves the kubelets' certificate signing requests (CSRs). */
export enum CsrApprovalMode {
    /**
     * A script on the control-plane nodes, run by a systemd timer, bound to the names and addresses in `nodes`. Needs Kubernetes
     * 1.32 or later.
     */
    ControlPlane = "controlPlane",
    /** postfinance/kubelet-csr-approver, deployed in the cluster and configured from `nodes`. */
    Controller = "controller",
    /** Somebody else approves; the package waits and verifies. */
    External = "external",
}

/** A host that connections to nodes go through (ProxyJump). */
interface Bastion {
    /** Host name or address of the bastion. */
    host: Input<string>;
    /**
     * The bastion's SSH host key, ed25519 or ECDSA: one line as `ssh-keyscan` prints it, of known_hosts or authorized_keys. A
     * line that names another host than `host` is refused, and so is an RSA key.
     */
    hostKey: Input<string>;
    /** The login user on the bastion. Defaults to the `user` that is used for the node. */
    user?: Input<string>;
    /** The bastion's SSH port. Defaults to 22. */
    port?: Input<number>;
    /** Private key in PEM or OpenSSH format; kept as a secret. Defaults to the `privateKey` that is used for the node. */
    privateKey?: Input<string>;
    /** The passphrase of `privateKey`; kept as a secret. By default the key is not encrypted. */
    privateKeyPassphrase?: Input<string>;
    /** Path of an SSH agent's socket on the machine that runs Pulumi. Defaults to the one that is used for the node. */
    agentSocketPath?: Input<string>;
}

/** How to log in to nodes. */
interface Ssh {
    /** The login user. Defaults to `root`; any other user needs sudo without a password. */
    user?: Input<string>;
    /** The SSH port. Defaults to 22. */
    port?: Input<number>;
    /** Private key in PEM or OpenSSH format; kept as a secret. By default an SSH agent is used. */
    privateKey?: Input<string>;
    /** The passphrase of `privateKey`; kept as a secret. By default the key is not encrypted. */
    privateKeyPassphrase?: Input<string>;
    /** Path of an SSH agent's socket on the machine that runs Pulumi. Defaults to the environment variable SSH_AUTH_SOCK. */
    agentSocketPath?: Input<string>;
    /** A bastion that connections go through. By default nodes are reached directly. */
    bastion?: Bastion;
}

/** One node of the cluster. Its key in `nodes` is the name of its Node object. */
interface Node {
    /** The address or DNS name at which SSH reaches the node. An IPv6 address goes without brackets. */
    host: Input<string>;
    /**
     * The node's SSH host key, ed25519 or ECDSA; an RSA key is refused. One line as `ssh-keyscan` prints it
     * (`10.0.0.12 ssh-ed25519 AAAA…`), as known_hosts has it (also hashed, or with `[host]:port`), or as authorized_keys
     * (`ssh-ed25519 AAAA…`). A line that names another host than `host` is refused.
     */
    hostKey: Input<string>;
    /** Worker or control plane. Defaults to worker. */
    role?: NodeRole;
    /**
     * The addresses and DNS names that the kubelet's certificate may carry beside the node's name: all InternalIP,
     * ExternalIP, Hostname, InternalDNS and ExternalDNS entries of the Node's status.addresses. Defaults to `host`. A CSR
     * that asks for anything else stays pending. Required when `host` is not the node's InternalIP.
     */
    addresses?: Input<string>[];
    /** SSH settings of this node. Each of them defaults to the one in the component's `ssh`. */
    ssh?: Ssh;
}

/** How CSRs of kubelets are approved. */
interface CsrApproval {
    /** Who approves. Defaults to `controlPlane`. */
    mode?: CsrApprovalMode;
    /**
     * Seconds between two looks for CSRs of rotations and of nodes that joined later, 10 to 3600. Defaults to 60. Only for
     * mode `controlPlane`, where it has to be less than `timeoutSeconds`. During a roll-out the approver looks every second.
     */
    intervalSeconds?: number;
    /** Seconds that a node waits for its certificate to be issued, 30 to 3600. Defaults to 300. */
    timeoutSeconds?: number;
    /** The image of the controller in mode `controller`, with tag or digest. Defaults to a release pinned by digest. */
    controllerImage?: Input<string>;
}

// Every language's SDK adds the suffix itself: `NodeArgs` would become `NodeArgsArgs`.
export type {
    Bastion as BastionArgs,
    CsrApproval as CsrApprovalArgs,
    Node as NodeArgs,
    Ssh as SshArgs,
};
