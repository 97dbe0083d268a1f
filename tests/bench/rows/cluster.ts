import { readFileSync } from "node:fs";
import { join } from "node:path";
import { attach, type Cluster } from "../../cluster/harness";
import type { Farm } from "../nodes/farm";
import { cpu, median, memory, table, wall, type Runs } from "../support/figures";
import { Project, type ProgramName } from "../support/project";
import { ByHand } from "./byHand";

const STEPS = ["first `up`", "empty `up`", "empty preview"] as const;
type Steps = Record<(typeof STEPS)[number], Runs>;

/**
 * On the cluster that runs. Each round begins and ends with stock nodes: the package with everything, the part of it that is
 * SSH steps, and these steps by hand.
 */
export async function clusterRows(runs: number): Promise<string> {
    const cluster = await attach();
    if (cluster === undefined) {
        return "Not measured: no cluster is running; next: npm run cluster -- up";
    }
    const farm = farmOf(cluster);
    const [empty, whole, kubelets] = [noSteps(), noSteps(), noSteps()];
    const byHand: { first: number[]; again: number[] } = { first: [], again: [] };
    for (let run = 0; run < runs; run++) {
        (await round("empty", farm, empty)).project.remove();
        (await round("whole", farm, whole)).project.remove();
        const hand = await round("kubelets", farm, kubelets);
        try {
            byHand.first.push(await hand.steps.run("create"));
            byHand.again.push(await hand.steps.run("create"));
        } finally {
            await hand.steps.run("delete");
            hand.project.remove();
        }
    }
    return table(
        [
            "on three real nodes",
            "wall min / median",
            "CPU",
            "bash over SSH, min / median",
            "ratio",
            "peak MB program / engine / providers",
        ],
        [
            row("an empty program, empty preview", empty["empty preview"]),
            ...STEPS.map((step) => row(`\`SecureMetricsServer\`, ${step}`, whole[step])),
            ...STEPS.map((step, index) =>
                row(
                    `\`KubeletServingCertificates\`, ${step}`,
                    kubelets[step],
                    [byHand.first, byHand.again][index],
                ),
            ),
        ],
    );
}

function row(title: string, measured: Runs, hand?: number[]): string[] {
    const seconds = measured.map((run) => run.seconds);
    return [
        title,
        wall(measured),
        cpu(measured),
        hand === undefined ? "" : `${Math.min(...hand).toFixed(1)} / ${median(hand).toFixed(1)} s`,
        hand === undefined ? "" : (median(seconds) / median(hand)).toFixed(2),
        memory(measured),
    ];
}

function noSteps(): Steps {
    return { "first `up`": [], "empty `up`": [], "empty preview": [] };
}

/** Measures one program from stock nodes to stock nodes, and returns its SSH steps. */
async function round(
    program: ProgramName,
    farm: Farm,
    measured: Steps,
): Promise<{ project: Project; steps: ByHand }> {
    const project = await Project.create(program, farm);
    try {
        measured["first `up`"].push(await project.up());
        measured["empty `up`"].push(await project.up());
        measured["empty preview"].push(await project.preview());
        const steps = new ByHand(join(project.folder, "by-hand"), farm, project.commands());
        await project.destroy();
        return { project, steps };
    } catch (error) {
        await project.destroy().finally(() => {
            project.remove();
        });
        throw error;
    }
}

function farmOf(cluster: Cluster): Farm {
    return {
        nodes: cluster.nodes.map(({ name, ip, hostKey, role }) => ({
            name,
            controlPlane: role === "controlPlane",
            host: ip,
            port: 22,
            hostKey,
            address: ip,
        })),
        user: cluster.sshUser,
        privateKey: readFileSync(cluster.sshKeyPath, "utf8"),
        kubeconfig: cluster.kubeconfig,
        maxUnavailable: 1,
    };
}
