import type { Share } from "../support/timeline";

/** Who runs the program. */
export type Runner = { kind: "pulumi"; version: string } | { kind: "substitute"; why: string };

const ONLY_PULUMI =
    "old and new values of what differs, a state that outlasts the run with its secrets encrypted, " +
    "`pulumi refresh`, policy packs, changes of objects in place";

/** The first line. */
export function begins(runner: Runner): string {
    return runner.kind === "pulumi"
        ? `demo: examples/kubeadm, run by Pulumi ${runner.version}`
        : `demo: examples/kubeadm, run by the tests' substitute for the engine, because ${runner.why}. ` +
              `What it does is real; only Pulumi shows ${ONLY_PULUMI}`;
}

/** The last line. */
export function ends(runner: Runner): string {
    return runner.kind === "pulumi"
        ? `demo: done, run by Pulumi ${runner.version}`
        : `demo: done, run by the tests' substitute for the engine, not by Pulumi; only Pulumi shows ${ONLY_PULUMI}`;
}

/** Shorter waits are one row. */
const ROW_MILLISECONDS = 500;

/** Where the time of a run went, a line a resource, the longest wait first. */
export function shareLines(shares: Share[]): string[] {
    const total = shares.reduce((sum, { waited }) => sum + waited, 0);
    const long = shares.filter(({ waited }) => waited >= ROW_MILLISECONDS);
    const short = shares.filter(({ waited }) => waited < ROW_MILLISECONDS);
    const rest = short.reduce((sum, { waited }) => sum + waited, 0);
    const row = (milliseconds: number, what: string): string =>
        `${(milliseconds / 1000).toFixed(1).padStart(8)} s  ${what}`;
    return [
        `where the ${(total / 1000).toFixed(0)} s went, what was waited for:`,
        ...long.map(({ name, waited, took }) => row(waited, labelOf(name, waited, took))),
        ...(short.length === 0 ? [] : [row(rest, `${short.length} others`)]),
    ];
}

function labelOf(name: string | undefined, waited: number, took: number): string {
    if (name === undefined) {
        return "nothing of the cluster: the program and the engine";
    }
    const beside = took - waited;
    return beside < ROW_MILLISECONDS
        ? name
        : `${name} (${(took / 1000).toFixed(1)} s, beside others)`;
}
