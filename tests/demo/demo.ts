import { isDeepStrictEqual } from "node:util";
import * as harness from "../cluster/harness";
import { kubelets, servingRequests } from "../support/observe";
import { whereTimeWent } from "../support/timeline";
import { clusterWithProgress } from "./clusterSteps";
import { Display } from "./display";
import type { DemoEngine } from "./engine";
import { findRunner } from "./findRunner";
import { PulumiEngine } from "./pulumiEngine";
import { SubstituteEngine } from "./substituteEngine";
import { begins, ends, shareLines } from "./words";

const display = new Display();

/** Brings up a cluster, runs `up` on it, and shows that it worked and that a second run changes nothing. */
async function main(): Promise<void> {
    const lacks = harness.requirements();
    if (lacks.length > 0) {
        throw new Error(`this machine cannot run the test cluster:\n${lacks.join("\n")}`);
    }
    const runner = findRunner(display);
    display.line(begins(runner));
    title("a kubeadm cluster, as it comes");
    const cluster = await clusterWithProgress(display);
    const engine =
        runner.kind === "pulumi"
            ? await PulumiEngine.create(cluster)
            : new SubstituteEngine(cluster, display);
    try {
        await show(cluster, engine);
    } finally {
        title("destroy: everything is taken back");
        await engine.destroy();
    }
    title("the cluster stays up; npm run cluster -- down removes it");
    display.line(ends(runner));
}

async function show(cluster: harness.Cluster, engine: DemoEngine): Promise<void> {
    title("preview: the plan");
    await engine.preview();
    title("up");
    const begin = Date.now();
    const { events } = await engine.up();
    for (const line of shareLines(whereTimeWent(events, begin, Date.now()))) {
        display.line(`    ${line}`);
    }
    for (const args of [
        ["top", "nodes"],
        ["top", "pods", "-A"],
    ]) {
        title(`kubectl ${args.join(" ")}`);
        display.line(await cluster.kubectl(args));
    }
    title("up, a second time");
    await changesNothing(cluster, engine);
}

/** The program is compared with what it registered before, the nodes and the cluster with what they were. */
async function changesNothing(cluster: harness.Cluster, engine: DemoEngine): Promise<void> {
    const look = async (): Promise<unknown[]> => [
        await kubelets(cluster),
        await servingRequests(cluster),
    ];
    const before = await look();
    const { changes } = await engine.up();
    const differing = [...changes, ...(await engine.drift())];
    if (differing.length > 0) {
        throw new Error(`the second run found something to do: ${differing.join(", ")}`);
    }
    if (!isDeepStrictEqual(await look(), before)) {
        throw new Error("a kubelet was restarted, or asked for a certificate, in the second run");
    }
    display.line(
        "    the same program, the same objects in the cluster, every kubelet the same process, no new certificate request",
    );
}

function title(what: string): void {
    display.line(`\n==> ${what}`);
}

main().catch((error: unknown) => {
    display.moment(undefined);
    console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
});
