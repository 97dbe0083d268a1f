// Where TypeScript compiles file by file, as it does for a plugin that is not compiled, it loses Node's types here.
/// <reference types="node" />
import { reservedAwk } from "../nodes/reserved";
import { digest } from "../shared/digest";
import { embedFile, embedText, readScript } from "./composeScript";

/** What the exit codes of all scripts mean; lib/common.sh says the same. */
export const EXIT_CODES = {
    0: "ok",
    1: "the approver got no answer from the API server",
    64: "usage",
    65: "refused: configuration not understood, overridden, or another distribution",
    66: "not the node it claims to be",
    67: "served certificate does not verify",
    68: "certificate not issued in time",
    69: "kubelet unhealthy after the change, rolled back",
    70: "kubelet unhealthy and the roll-back did not cure it",
    71: "cluster not suitable",
    72: "a needed tool is missing",
    73: "cannot write",
    75: "locked or interrupted, try again",
    76: "conflict, try again",
    77: "not root",
    78: "the script that was sent is not on the node",
    79: "the place for scripts is not root's alone",
} as const;

export type ExitCode = keyof typeof EXIT_CODES;

/** A file of components/scripts, or a text that the script carries as a function which prints it. */
type Part = string | { embed: string; as: string } | { generate: () => string; as: string };

/** What TypeScript and a node agree on for one script. */
interface ScriptEntry {
    /** What it is made of, in this order. */
    files: readonly Part[];
    /** The settings that it needs, and those that it can do without. */
    required: readonly string[];
    optional: readonly string[];
    /** Settings that only tests change: waits and limits. */
    limits: readonly string[];
    /** What it can be asked for, with the seconds until systemd ends it. */
    verbs: Readonly<Record<string, number>>;
    /** How it may end, what the loader says included. */
    exits: readonly ExitCode[];
    /** Where it lies: for as long as a later `delete` needs it, or for one run. */
    place: "state" | "run";
}

/**
 * The longest wait that the arguments allow, and the time for all else on a node: lock, restart, health check, roll-back. Not
 * the wait of the moment: a changed setting has to be a changed line on stdin, not a changed command line.
 */
const NODE_SECONDS = 3600 + 600;
/** Seconds for a script that restarts nothing. */
const QUICK_SECONDS = 300;
/** Seconds for a check of the whole cluster. */
const CHECK_SECONDS = 420;
/** Seconds for a look at a node, in previews. */
const STATUS_SECONDS = 30;

/** How the loader and what all scripts share may end a script. */
const ANY_SCRIPT = [0, 64, 72, 73, 75, 77, 78, 79] as const;

export const SCRIPTS = {
    /** Turns serverTLSBootstrap on at one node. */
    kubelet: {
        files: [
            "lib/common.sh",
            "lib/kubectl.sh",
            "lib/kept.sh",
            "lib/ready.sh",
            "lib/yaml.sh",
            "lib/names.sh",
            "lib/processes.sh",
            "lib/certificates.sh",
            "kubelet/process.sh",
            "kubelet/health.sh",
            "kubelet/certificate.sh",
            "kubelet/change.sh",
            "kubelet/kubelet.sh",
        ],
        required: ["NODE_NAME", "NODE_ADDRESSES"],
        optional: ["APPROVAL_TIMEOUT", "KUBELET_CA"],
        limits: [
            "FIND_TIMEOUT",
            "HEALTH_TIMEOUT",
            "LOCK_TIMEOUT",
            "POLL_SECONDS",
            "PROVEN_SECONDS",
            "RESTART_TIMEOUT",
            "STABLE_SECONDS",
        ],
        verbs: {
            ensure: NODE_SECONDS,
            revert: NODE_SECONDS,
            status: STATUS_SECONDS,
            ready: STATUS_SECONDS,
        },
        exits: [...ANY_SCRIPT, 65, 66, 67, 68, 69, 70],
        place: "state",
    },
    /** Keeps kubeadm's kubelet-config ConfigMap in step. */
    "kubelet-config": {
        files: [
            "lib/common.sh",
            "lib/kubectl.sh",
            "lib/kept.sh",
            "lib/uploads.sh",
            "lib/yaml.sh",
            "kubelet/kubelet-config.sh",
        ],
        required: ["NODE_NAME", "STACK"],
        optional: [],
        limits: ["ATTEMPTS", "LOCK_TIMEOUT", "POLL_SECONDS", "REQUEST_TIMEOUT"],
        verbs: { ensure: QUICK_SECONDS, revert: QUICK_SECONDS, status: STATUS_SECONDS },
        exits: [...ANY_SCRIPT, 65, 71, 76],
        place: "state",
    },
    /** Installs the approver and its timer on a control-plane node. */
    "csr-approval": {
        files: [
            "lib/common.sh",
            "lib/kubectl.sh",
            "lib/kept.sh",
            "lib/uploads.sh",
            "lib/ready.sh",
            { embed: "approval/approver.sh", as: "approver_sh_text" },
            { embed: "approval/approver.awk", as: "approver_awk_text" },
            { embed: "approval/request.awk", as: "request_awk_text" },
            { generate: reservedAwk, as: "reserved_awk_text" },
            "approval/credential.sh",
            "approval/units.sh",
            "approval/installer.sh",
        ],
        required: ["NODE_NAME", "INSTANCE", "INVENTORY", "CONTROL_PLANES", "INTERVAL", "STACK"],
        // What the loader finds where there is something to take back.
        optional: ["TRACE"],
        limits: ["EXPECT", "LOCK_TIMEOUT", "POLL_SECONDS"],
        verbs: {
            install: QUICK_SECONDS,
            uninstall: QUICK_SECONDS,
            status: STATUS_SECONDS,
            ready: STATUS_SECONDS,
        },
        exits: [...ANY_SCRIPT, 1, 65, 71],
        place: "state",
    },
    /** Deletes what cert-manager leaves, on a control-plane node. */
    "cert-manager-secrets": {
        files: [
            "lib/common.sh",
            "lib/kubectl.sh",
            "lib/kept.sh",
            "lib/uploads.sh",
            "certificates/secrets.sh",
        ],
        required: ["NODE_NAME", "STACK"],
        optional: [],
        limits: ["LOCK_TIMEOUT", "POLL_SECONDS", "REQUEST_TIMEOUT"],
        verbs: { ensure: QUICK_SECONDS, revert: QUICK_SECONDS },
        exits: [...ANY_SCRIPT, 71],
        place: "state",
    },
    /** Looks at the whole cluster before the first change, on a control-plane node. */
    preflight: {
        files: [
            "lib/common.sh",
            "lib/kubectl.sh",
            "checks/cluster.sh",
            "checks/prepare.sh",
            "checks/owners.sh",
            "checks/approvers.sh",
            "checks/serving-secret.sh",
            "checks/cert-manager.sh",
            "checks/network-policies.sh",
            "checks/ca-file.sh",
            "checks/settings.sh",
            "checks/preflight.sh",
        ],
        required: [
            "NODE_NAME",
            "INVENTORY",
            "RELEASE",
            "OLDEST_MINOR",
            "OLDEST_KUBERNETES",
            "STACK",
        ],
        optional: [
            "ADDRESS_TYPES",
            "APPROVER_MINOR",
            "CERTIFICATE",
            "CLUSTER_UID",
            "CSR_CONTROLLER",
            "HOST_NETWORK",
            "ISSUER",
            "KUBELET_CA_FILE",
            "PLACEMENT",
            "REQUEST_HEADER_CA",
            "REQUEST_HEADER_NAMES",
            "SERVING_CA",
            "SERVING_SECRET",
            "TAKE_OVER",
        ],
        limits: ["LOCK_TIMEOUT", "POLL_SECONDS"],
        verbs: { preflight: CHECK_SECONDS },
        exits: [...ANY_SCRIPT, 71],
        place: "run",
    },
    /** Looks at the API server of a control-plane host, before anything else does. */
    "api-server": {
        files: [
            "lib/common.sh",
            "lib/ready.sh",
            "lib/processes.sh",
            "checks/ca-file.sh",
            "checks/api-server.sh",
        ],
        required: ["NODE_NAME", "STACK"],
        optional: ["KUBELET_CA_FILE"],
        limits: ["LOCK_TIMEOUT", "POLL_SECONDS"],
        verbs: { ready: STATUS_SECONDS },
        exits: [...ANY_SCRIPT, 71],
        place: "run",
    },
    /** Has the cluster's own CA sign metrics-server's certificate, on a control-plane node. */
    "cluster-ca": {
        files: [
            "lib/common.sh",
            "lib/ready.sh",
            "lib/certificates.sh",
            "signing/ca.sh",
            "signing/cluster-ca.sh",
        ],
        required: ["NODE_NAME", "NAMES", "NOT_AFTER", "REQUEST", "STACK"],
        optional: ["CLUSTER_CA_SHA256"],
        limits: ["LOCK_TIMEOUT", "POLL_SECONDS"],
        verbs: { sign: QUICK_SECONDS, ready: STATUS_SECONDS },
        exits: [...ANY_SCRIPT, 65, 67, 71],
        place: "run",
    },
    /** Takes over a metrics-server that somebody else installed, on a control-plane node. */
    "take-over": {
        files: [
            "lib/common.sh",
            "lib/kubectl.sh",
            "lib/kept.sh",
            "lib/uploads.sh",
            { embed: "take-over/restore.sh", as: "restore_sh_text" },
            "checks/cluster.sh",
            "checks/owners.sh",
            "take-over/objects.sh",
            "take-over/keep.sh",
            "take-over/aside.sh",
            "take-over/switch.sh",
            "take-over/take-over.sh",
        ],
        required: ["NODE_NAME", "STACK"],
        // Those of switch.sh, and what the loader finds where there is something to forget.
        optional: ["CA_BUNDLE", "PORTS", "TRACE"],
        limits: ["LOCK_TIMEOUT", "POLL_SECONDS", "SETTLE_SECONDS"],
        verbs: {
            keep: QUICK_SECONDS,
            aside: QUICK_SECONDS,
            switch: CHECK_SECONDS,
            revert: QUICK_SECONDS,
            status: STATUS_SECONDS,
        },
        exits: [...ANY_SCRIPT, 67, 71, 76],
        place: "state",
    },
    /** Verifies kubelets or metrics, on a control-plane node. */
    verification: {
        files: [
            "lib/common.sh",
            "lib/kubectl.sh",
            "lib/certificates.sh",
            "checks/cluster.sh",
            "checks/prepare.sh",
            "checks/serving-secret.sh",
            "checks/cert-manager.sh",
            "checks/served.sh",
            "checks/diagnosis.sh",
            "checks/verification.sh",
        ],
        required: ["NODE_NAME", "INVENTORY", "STACK"],
        // Digests and image are not read: a change of them is a reason to check again.
        optional: [
            "ADDRESS_TYPES",
            "KUBELET_CA",
            "KUBELET_CA_FILE",
            "NODE_SELECTOR",
            "PODS_SHA256",
            "CA_BUNDLE_SHA256",
            "CERTIFICATE",
            "CERTIFICATE_SHA256",
            "IMAGE",
            "ISSUER",
            "SERVING_CA",
            "SERVING_SECRET",
        ],
        limits: ["LOCK_TIMEOUT", "METRICS_TIMEOUT", "POLL_SECONDS"],
        verbs: { kubelets: QUICK_SECONDS, metrics: CHECK_SECONDS, status: STATUS_SECONDS },
        exits: [...ANY_SCRIPT, 67, 71],
        place: "run",
    },
} as const satisfies Record<string, ScriptEntry>;

export type ScriptName = keyof typeof SCRIPTS;

export const SCRIPT_NAMES = Object.keys(SCRIPTS) as ScriptName[];

/** A script's line of the table, without its literal types. */
export function scriptEntry(name: ScriptName): ScriptEntry {
    return SCRIPTS[name];
}

/** Seconds until systemd ends a script that does this. */
export function secondsFor(name: ScriptName, verb: string): number {
    const seconds = scriptEntry(name).verbs[verb];
    if (seconds === undefined) {
        const verbs = Object.keys(scriptEntry(name).verbs).join(", ");
        throw new Error(`script ${name} has no verb ${verb}; expected one of ${verbs}`);
    }
    return seconds;
}

/** A script as it lies on a node. */
export interface ComposedScript {
    /** All files, one after the other, without settings. */
    text: string;
    /** Its name there: name and SHA-256 of the text. */
    file: string;
    bytes: number;
    place: "state" | "run";
}

const composed = new Map<ScriptName, ComposedScript>();

/** Composes a script, once for each run: hundreds of nodes get the same text. */
export function composedScript(name: ScriptName): ComposedScript {
    const known = composed.get(name) ?? compose(name);
    composed.set(name, known);
    return known;
}

function compose(name: ScriptName): ComposedScript {
    const { files, place } = scriptEntry(name);
    const text = files.map(partText).join("");
    return { text, file: `${name}-${digest(text)}`, bytes: Buffer.byteLength(text), place };
}

function partText(part: Part): string {
    if (typeof part === "string") {
        return readScript(part);
    }
    return "embed" in part ? embedFile(part.as, part.embed) : embedText(part.as, part.generate());
}
