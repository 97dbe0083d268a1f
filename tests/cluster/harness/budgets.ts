import { setTimeout as delay } from "node:timers/promises";

/** How long something may take in all, and how often it is looked at; milliseconds. */
export interface Budget {
    total: number;
    interval: number;
}

/**
 * The only waits there are. The totals are for two busy cores: several times what an idle machine needs, since a total only
 * ever matters when something is broken. Each interval is small against what it waits for, and big against what a look costs.
 */
export const BUDGETS = {
    /** Another run of the driver holds the lock. */
    lock: { total: 60_000, interval: 1_000 },
    /** Another run of the driver builds a part that this one needs, too. */
    part: { total: 5_400_000, interval: 1_000 },
    /** A process that was started shows up in its namespaces. */
    process: { total: 20_000, interval: 20 },
    /** Killed processes are gone, and with them their namespaces and links. */
    gone: { total: 60_000, interval: 50 },
    /** Stopped processes stand still. */
    standstill: { total: 60_000, interval: 5 },
    /** systemd is PID 1, sshd and containerd answer. */
    boot: { total: 180_000, interval: 250 },
    /** kubelet's healthz, the API server's readyz. */
    health: { total: 300_000, interval: 500 },
    /** A running cluster gets over a restart of one of its parts. */
    recovery: { total: 60_000, interval: 1_000 },
    /** A node is registered, has its pod network and is Ready. */
    nodeReady: { total: 300_000, interval: 500 },
    /** One kubeadm run. */
    kubeadm: { total: 600_000, interval: 1_000 },
    /** Pods of a Deployment run and an aggregated API answers. */
    workload: { total: 300_000, interval: 1_000 },
    /** Somebody watches a run that stands still, and then kills it. */
    patience: { total: 450_000, interval: 1_000 },
} as const satisfies Record<string, Budget>;

/** What one look found: the end of the wait, or what there was to see instead. */
export type Look<T> = { done: true; value: T } | { done: false; seen: string };

/** The wait is over. */
export function found<T>(value: T): Look<T> {
    return { done: true, value };
}

/** Not yet; `seen` is what a time-out will report. */
export function notYet(seen: string): Look<never> {
    return { done: false, seen };
}

/** There is no point in waiting any longer. */
export class GiveUp extends Error {}

/** Looks until `look` is done. A look that throws anything but GiveUp counts as not yet. */
export async function until<T>(
    what: string,
    budget: Budget,
    look: () => Look<T> | Promise<Look<T>>,
): Promise<T> {
    const deadline = Date.now() + budget.total;
    for (;;) {
        const last = await attempt(look);
        if (last.done) {
            return last.value;
        }
        if (Date.now() >= deadline) {
            const seconds = Math.round(budget.total / 1000);
            throw new Error(
                `gave up after ${seconds} s waiting for ${what}; last seen: ${last.seen}`,
            );
        }
        await delay(budget.interval);
    }
}

async function attempt<T>(look: () => Look<T> | Promise<Look<T>>): Promise<Look<T>> {
    try {
        return await look();
    } catch (error) {
        if (error instanceof GiveUp) {
            throw error;
        }
        return notYet(messageOf(error));
    }
}

/** The message of whatever was thrown. */
export function messageOf(error: unknown): string {
    return error instanceof Error ? error.message : String(error);
}
