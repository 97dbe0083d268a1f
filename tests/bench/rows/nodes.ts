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

/** The alternatives, in the order of the rows. */
const PROGRAMS = {
    bare: "bare",
    carrying: "with our stdin",
    kubelets: "ours",
} as const satisfies Partial<Record<ProgramName, string>>;
type Alternative = keyof typeof PROGRAMS;

/** `KubeletServingCertificates` beside as many `remote.Command`s, bare and with the same stdin, in turns. */
export async function nodesRows(counts: number[], runs: number | undefined): Promise<string> {
    const rows: string[][] = [];
    for (const count of counts) {
        rows.push(...(await withFarm(count, (farm) => measure(farm, runs ?? usualRuns(count)))));
    }
    return table(
        [
            "nodes",
            "step",
            "of",
            "wall min / median",
            "CPU",
            "ratio to bare, wall / CPU",
            "peak MB program / engine / providers",
            "state, a node",
        ],
        rows,
    );
}

function usualRuns(count: number): number {
    return count > 100 ? 1 : 3;
}

async function measure(farm: Farm, runs: number): Promise<string[][]> {
    const results = { bare: noResult(), carrying: noResult(), kubelets: noResult() };
    const alternatives = Object.keys(PROGRAMS) as Alternative[];
    for (let run = 0; run < runs; run++) {
        for (const program of alternatives) {
            await add(results[program], program, farm);
        }
    }
    return STEPS.flatMap((step) =>
        alternatives.map((program) => [
            String(farm.nodes.length),
            step,
            PROGRAMS[program],
            wall(results[program].steps[step]),
            cpu(results[program].steps[step]),
            ratio(results[program].steps[step], results.bare.steps[step]),
            memory(results[program].steps[step]),
            `${kilobytes(results[program].stateBytes)}, ${(results[program].stateBytes / farm.nodes.length) | 0} B`,
        ]),
    );
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
