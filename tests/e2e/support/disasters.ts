import type { Cluster } from "../../cluster/harness";
import { BUDGETS, found, notYet, until } from "../../cluster/harness/budgets";
import { cutConnections, shell } from "./faults";
import { enginesOf } from "./processes";
import type { TestStack } from "./stack";

/** Where a disaster strikes. */
export interface Place {
    cluster: Cluster;
    stack: TestStack;
    node: string;
}

/** Something that goes wrong from outside, and how an administrator gets the machine back. */
export interface Disaster {
    strike: (place: Place) => Promise<void>;
    mend: (place: Place) => Promise<void>;
}

/**
 * What an administrator sets after an engine was killed (README, Limits): an object that it made and did not note is taken over
 * then, instead of refused.
 */
export const TAKE_OVER = { PULUMI_K8S_UPSERT_EXISTING_OBJECTS: "true" };

const nothing = (): Promise<void> => Promise.resolve();

/** `kill -9` of the engine. Its plugins and the program are left to themselves. */
export const engineKilled: Disaster = {
    strike: async ({ stack }) => {
        for (const pid of enginesOf(stack)) {
            process.kill(pid, "SIGKILL");
        }
        await until("the engine to be gone", BUDGETS.gone, () =>
            enginesOf(stack).length === 0 ? found(undefined) : notYet("it runs"),
        );
    },
    mend: ({ stack }) => stack.cancel(),
};

/**
 * Kills the engine when a run stands still, as somebody does who has watched it for long enough, and says whether that was
 * needed: without an API server, the provider of Kubernetes may wait for a deletion for ten minutes and more.
 */
export async function giveUpOn(run: Promise<unknown>, place: Place): Promise<boolean> {
    let over = false;
    void run.then(() => (over = true));
    try {
        await until("the run to end", BUDGETS.patience, () =>
            over ? found(undefined) : notYet("it stands still"),
        );
        return false;
    } catch {
        await engineKilled.strike(place);
        return true;
    }
}

/** The network is gone for a moment: every session ends, the next one is fine. */
export const connectionCut: Disaster = {
    strike: ({ cluster, node }) => cutConnections(cluster, node),
    mend: nothing,
};

/** sshd is stopped, and its sessions with it. */
export const sshdStopped: Disaster = {
    strike: ({ cluster, node }) =>
        shell(cluster, node, "systemctl stop ssh; pkill -KILL sshd || :"),
    mend: ({ cluster, node }) => shell(cluster, node, "systemctl start ssh"),
};

/** sshd accepts connections and never answers, and its sessions say nothing any more. Somebody gives up and kills the engine. */
export const sshdFrozen: Disaster = {
    strike: async (place) => {
        await shell(place.cluster, place.node, "pkill -STOP sshd");
        await engineKilled.strike(place);
    },
    mend: async (place) => {
        await shell(place.cluster, place.node, "pkill -CONT sshd");
        await engineKilled.mend(place);
    },
};

/** sshd says nothing any more, and nobody gives up: the run has to end by itself. */
export const sshdSilent: Disaster = {
    strike: ({ cluster, node }) => shell(cluster, node, "pkill -STOP sshd"),
    mend: ({ cluster, node }) => shell(cluster, node, "pkill -CONT sshd"),
};

const MANIFEST = "kube-apiserver.yaml";

/** The API server is gone. The node that is struck does not matter. */
export const apiServerStopped: Disaster = {
    strike: async ({ cluster }) => {
        const script = `mv /etc/kubernetes/manifests/${MANIFEST} /etc/kubernetes/${MANIFEST}; pkill -KILL -x kube-apiserver || :`;
        await shell(cluster, "cp1", script);
        await until("the API server to be gone", BUDGETS.gone, async () =>
            (await ready(cluster)) ? notYet("it answers") : found(undefined),
        );
    },
    mend: async ({ cluster }) => {
        const script = `mv /etc/kubernetes/${MANIFEST} /etc/kubernetes/manifests/${MANIFEST}`;
        await shell(cluster, "cp1", script);
        await until("the API server", BUDGETS.health, async () =>
            (await ready(cluster)) ? found(undefined) : notYet("it does not answer"),
        );
    },
};

async function ready(cluster: Cluster): Promise<boolean> {
    try {
        return (await cluster.kubectl(["get", "--raw", "/readyz"], { timeout: 5000 })) === "ok";
    } catch {
        return false;
    }
}

/** The node's power is cut, and it boots again. */
export const powerCut: Disaster = {
    strike: ({ cluster, node }) => cluster.reboot(node),
    mend: nothing,
};

/** The folders that scripts write to. */
const FOLDERS = ["/var/lib/kubelet", "/var/lib/secure-metrics-server", "/usr/local", "/etc"];

/**
 * Nothing can be written any more: each folder becomes the lower half of an overlay whose upper half is full. What is there
 * stays readable, and running pods keep their mounts.
 */
export const diskFull: Disaster = {
    strike: (place) =>
        shell(
            place.cluster,
            place.node,
            `mkdir -p /run/full ${FOLDERS.join(" ")}
            mount -t tmpfs -o size=256k tmpfs /run/full
            for folder in ${FOLDERS.join(" ")}; do
                mkdir -p "/run/full/$folder/upper" "/run/full/$folder/work"
                mount -t overlay overlay -o "lowerdir=$folder,upperdir=/run/full/$folder/upper,workdir=/run/full/$folder/work" "$folder"
            done
            cat /dev/zero >/run/full/ballast || :`,
        ),
    mend: async (place) => {
        await shell(
            place.cluster,
            place.node,
            `for folder in ${FOLDERS.join(" ")}; do umount -l "$folder" || :; done
            umount -l /run/full || :`,
        );
        await shell(place.cluster, place.node, "rmdir /var/lib/secure-metrics-server || :");
    },
};
