import type { Farm } from "../nodes/farm";
import { withFarm } from "../support/farmProcess";
import { cpu, kilobytes, memory, ratio, table, wall, type Runs } from "../support/figures";
import { Project, type ProgramName } from "../support/project";

const STEPS = ["first preview", "first `up`", "empty `up`"] as const;
type Step = (typeof STEPS)[number];

/** All runs of one program. */
interface Result {
    steps: Record<Step, Runs>;
    stateBytes: number;
}

/** `KubeletServingCertificates` beside as many bare `remote.Command`s, in turns. */
export async function nodesRows(counts: number[], runs: number | undefined): Promise<string> {
    const rows: string[][] = [];
    for (const count of counts) {
        rows.push(...(await withFarm(count, (farm) => measure(farm, runs ?? usualRuns(count)))));
    }
    return table(
        [
            "nodes",
            "step",
            "bare: wall min / median",
            "CPU",
            "ours: wall min / median",
            "CPU",
            "ratio wall / CPU",
            "bare: peak MB program / engine / providers",
            "ours",
            "bare: state",
            "ours",
        ],
        rows,
    );
}

function usualRuns(count: number): number {
    return count > 100 ? 1 : 3;
}

async function measure(farm: Farm, runs: number): Promise<string[][]> {
    const [bare, ours] = [noResult(), noResult()];
    for (let run = 0; run < runs; run++) {
        await add(bare, "bare", farm);
        await add(ours, "kubelets", farm);
    }
    return STEPS.map((step) => [
        String(farm.nodes.length),
        step,
        wall(bare.steps[step]),
        cpu(bare.steps[step]),
        wall(ours.steps[step]),
        cpu(ours.steps[step]),
        ratio(ours.steps[step], bare.steps[step]),
        memory(bare.steps[step]),
        memory(ours.steps[step]),
        ...[bare, ours].map(({ stateBytes }) => kilobytes(stateBytes)),
    ]);
}

function noResult(): Result {
    return {
        steps: { "first preview": [], "first `up`": [], "empty `up`": [] },
        stateBytes: 0,
    };
}

async function add(result: Result, program: ProgramName, farm: Farm): Promise<void> {
    const project = await Project.create(program, farm);
    try {
        result.steps["first preview"].push(await project.preview());
        result.steps["first `up`"].push(await project.up());
        result.steps["empty `up`"].push(await project.up());
        result.stateBytes = project.stateBytes();
    } finally {
        project.remove();
    }
}
