import { rolloutSteps } from "../../../components/kubelet-serving-certificates/rollout";
import { NodeRole } from "../../../components/nodes/nodeArgs";
import type { Farm } from "../nodes/farm";
import { table, wall, type Runs } from "../support/figures";
import { withFarm } from "../support/farmProcess";
import { Project } from "../support/project";

const NODES = 12;
/** Seconds that a node's script takes on a stand-in node. */
const SECONDS = 4;
const LANES = [1, 4];

/** A first `up` of stand-in nodes that take their time, in one lane and in several. */
export async function lanesRows(runs: number): Promise<string> {
    const rows = await withFarm(
        NODES,
        async (farm) => {
            const measured = LANES.map((maxUnavailable): [Farm, Runs] => [
                { ...farm, maxUnavailable },
                [],
            ]);
            for (let run = 0; run < runs; run++) {
                for (const [lanes, all] of measured) {
                    all.push(await firstUp(lanes));
                }
            }
            return measured.map(([lanes, all]) => row(lanes, all));
        },
        SECONDS,
    );
    return table(
        [
            "`maxUnavailable`",
            `first \`up\` of ${NODES} nodes of ${SECONDS} s each, min / median`,
            "nodes after each other",
            "that is",
        ],
        rows,
    );
}

async function firstUp(farm: Farm): Promise<Runs[number]> {
    const project = await Project.create("kubelets", farm);
    try {
        return await project.up();
    } finally {
        project.remove();
    }
}

function row({ nodes, maxUnavailable }: Farm, measured: Runs): string[] {
    const roles = nodes.map(({ name, controlPlane }) => ({
        name,
        role: controlPlane ? NodeRole.ControlPlane : NodeRole.Worker,
    }));
    const after: Record<string, number> = {};
    for (const step of rolloutSteps(roles, maxUnavailable)) {
        after[step.name] = 1 + Math.max(0, ...step.after.map((name) => after[name] ?? 0));
    }
    const longest = Math.max(...Object.values(after));
    return [String(maxUnavailable), wall(measured), String(longest), `${longest * SECONDS} s`];
}
