import { cpus } from "node:os";
import { clusterRows } from "./rows/cluster";
import { lanesRows } from "./rows/lanes";
import { nodesRows } from "./rows/nodes";
import { previewRows } from "./rows/preview";
import { versions } from "./support/versions";

const COUNTS = [10, 100, 500, 1000];
const ROWS = ["preview", "nodes", "lanes", "cluster"];

/** `bench [preview] [nodes [count…]] [lanes] [cluster] [--runs n]`: all rows unless some are named. */
async function main(): Promise<void> {
    const { rows, counts, runs } = parse(process.argv.slice(2));
    console.log(`${cpus().length} processors; ${versions()}`);
    if (rows.includes("preview")) {
        say("Stand-in nodes; the Kubernetes objects are rendered into a folder.");
        console.log(await previewRows(runs ?? 5));
    }
    if (rows.includes("nodes")) {
        say(
            "Stand-in nodes: an SSH server on this machine that answers at once; `bare` is one `remote.Command` a node, `with our stdin` the same that carries what ours has on stdin. All in turns, as many lanes as nodes.",
        );
        console.log(await nodesRows(counts, runs));
    }
    if (rows.includes("lanes")) {
        say(
            "Stand-in nodes that take their time; what is longer than the nodes take is the rest of the roll-out.",
        );
        console.log(await lanesRows(runs ?? 1));
    }
    if (rows.includes("cluster")) {
        say("The real cluster. Each round begins and ends with stock nodes.");
        console.log(await clusterRows(runs ?? 3));
    }
}

function parse(args: string[]): { rows: string[]; counts: number[]; runs: number | undefined } {
    const at = args.indexOf("--runs");
    const runs = at < 0 ? undefined : Number(args.splice(at, 2)[1]);
    const wrong = args.find((word) => !ROWS.includes(word) && !/^[1-9]\d*$/.test(word));
    if (wrong !== undefined || (runs !== undefined && !(runs >= 1))) {
        throw new Error(
            `${wrong ?? "--runs"} is not understood; expected: npm run bench -- [preview] [nodes [10 100 500 1000]] [lanes] [cluster] [--runs 3]`,
        );
    }
    const rows = args.filter((word) => ROWS.includes(word));
    const counts = args.filter((word) => !ROWS.includes(word)).map(Number);
    return {
        rows: rows.length > 0 ? rows : ROWS,
        counts: counts.length > 0 ? counts : COUNTS,
        runs,
    };
}

function say(caption: string): void {
    console.log(`\n${caption}\n`);
}

main().catch((error: unknown) => {
    console.error(`bench: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
});
