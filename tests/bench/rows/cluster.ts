import { readFileSync } from "node:fs";
import { join } from "node:path";
import { attach, type Cluster } from "../../cluster/harness";
import type { Farm } from "../nodes/farm";
import { cpu, memory, table, wall, type Runs } from "../support/figures";
import { Project, type ProgramName } from "../support/project";
import { ByHand } from "./byHand";
import { newWay, Others, SCRIPT_CHECKS, waysTable, type Way } from "./others";

const STEPS = ["first `up`", "empty `up`", "empty preview", "`destroy` with `revert`"] as const;
type Steps = Record<(typeof STEPS)[number], Runs>;

/**
 * On the cluster that runs. Each round begins and ends with stock nodes: the package with everything, the part of it that is
 * SSH steps, these steps by hand, and what others do for the same kubelets.
 */
export async function clusterRows(runs: number): Promise<string> {
    const cluster = await attach();
    if (cluster === undefined) {
        return "Not measured: no cluster is running; next: npm run cluster -- up";
    }
    const farm = farmOf(cluster);
    const [empty, whole, kubelets] = [noSteps(), noSteps(), noSteps()];
    const byHand = newWay("the package's scripts in bash over SSH", "1", SCRIPT_CHECKS);
    const others = new Others(farm);
    try {
        for (let run = 0; run < runs; run++) {
            (await round("empty", farm, empty)).project.remove();
            (await round("whole", farm, whole)).project.remove();
            const { project, steps } = await round("kubelets", farm, kubelets);
            await handRound(steps, byHand).finally(() => {
                project.remove();
            });
            await others.round();
        }
    } finally {
        others.remove();
    }
    const engine = newWay(
        "`KubeletServingCertificates`",
        String(farm.maxUnavailable),
        `all nodes before the first change; ${SCRIPT_CHECKS}`,
    );
    engine.first.push(...kubelets["first `up`"].map((each) => each.seconds));
    engine.again.push(...kubelets["empty `up`"].map((each) => each.seconds));
    return [
        stepsTable(farm, { empty, whole, kubelets }),
        waysTable([engine, byHand, ...others.ways]),
        ...others.missing.map((why) => `Not measured: ${why}`),
    ].join("\n\n");
}

function stepsTable(
    farm: Farm,
    { empty, whole, kubelets }: Record<"empty" | "whole" | "kubelets", Steps>,
): string {
    const row = (title: string, measured: Runs): string[] => [
        title,
        wall(measured),
        cpu(measured),
        memory(measured),
    ];
    return table(
        [
            `on ${farm.nodes.length} real nodes`,
            "wall min / median",
            "CPU",
            "peak MB program / engine / providers",
        ],
        [
            row("an empty program, empty preview", empty["empty preview"]),
            ...STEPS.map((step) => row(`\`SecureMetricsServer\`, ${step}`, whole[step])),
            ...STEPS.map((step) => row(`\`KubeletServingCertificates\`, ${step}`, kubelets[step])),
        ],
    );
}

function noSteps(): Steps {
    return {
        "first `up`": [],
        "empty `up`": [],
        "empty preview": [],
        "`destroy` with `revert`": [],
    };
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
        measured["`destroy` with `revert`"].push(await project.destroy());
        return { project, steps };
    } catch (error) {
        await project.destroy().finally(() => {
            project.remove();
        });
        throw error;
    }
}

async function handRound(steps: ByHand, way: Way): Promise<void> {
    try {
        way.first.push(await steps.run("create"));
        way.again.push(await steps.run("create"));
    } finally {
        await steps.run("delete");
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
