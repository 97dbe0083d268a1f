import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { longStep } from "../host/longStep";
import { script, STATE, STATE_DIRECTORY } from "../paths";
import type { ClusterState } from "../state";

/** What a snapshot's folder has: the cluster's state, and a disk a node. */
const STATE_FILE = "cluster.json";
const NODES = "nodes";

/** What a run that was killed may have left on its way in or out. The next one removes it, and so does `down`. */
const UNFINISHED = `${STATE.snapshot}.new`;
const DISCARDED = join(STATE_DIRECTORY, "discarded");

/** Copies all disks into a snapshot, in place of an earlier one. Nothing may write to them meanwhile. */
export async function copyToSnapshot(state: ClusterState): Promise<void> {
    remove(UNFINISHED);
    mkdirSync(join(UNFINISHED, NODES), { recursive: true });
    await copyDisks(state, STATE.nodes, join(UNFINISHED, NODES));
    writeFileSync(join(UNFINISHED, STATE_FILE), JSON.stringify(state));
    remove(STATE.snapshot);
    renameSync(UNFINISHED, STATE.snapshot);
}

/** Puts the disks of the snapshot in place of those that are there, which `discard` removes. No node may run. */
export async function copyFromSnapshot(snapshot: ClusterState): Promise<void> {
    await discard();
    renameSync(STATE.nodes, DISCARDED);
    mkdirSync(STATE.nodes);
    await copyDisks(snapshot, join(STATE.snapshot, NODES), STATE.nodes);
}

/** Removes the disks that the snapshot has taken the place of. */
export async function discard(): Promise<void> {
    await rm(DISCARDED, { recursive: true, force: true });
}

/** The state that the snapshot has, or undefined when there is none. */
export function readSnapshot(): ClusterState | undefined {
    const file = join(STATE.snapshot, STATE_FILE);
    return existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as ClusterState) : undefined;
}

/** The disk of a node in the snapshot. */
export function diskInSnapshot(name: string): string {
    return join(STATE.snapshot, NODES, name);
}

async function copyDisks({ nodes }: ClusterState, from: string, to: string): Promise<void> {
    const copies = nodes.map(({ name }) =>
        longStep("sh", [script("copyDisk.sh"), join(from, name), join(to, name)]),
    );
    await Promise.all(copies);
}

function remove(folder: string): void {
    rmSync(folder, { recursive: true, force: true });
}
