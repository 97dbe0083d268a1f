import { withFarm } from "../support/farmProcess";
import { cpu, memory, ratio, table, wall, type Runs } from "../support/figures";
import { Project, type ProgramName } from "../support/project";

const TITLES: [ProgramName, string][] = [
    ["empty", "an empty program"],
    ["bare", "three bare `remote.Command`s"],
    ["kubelets", "`KubeletServingCertificates`, three nodes"],
    ["parts", "bare resources of the same kinds and three providers, without the package"],
    ["whole", "`SecureMetricsServer`, three nodes"],
];

/** Previews that have nothing to show, one after the other in turns, so that a busy machine is as busy for each. */
export async function previewRows(runs: number): Promise<string> {
    return withFarm(3, async (farm) => {
        const projects: [string, Project, Runs][] = [];
        try {
            for (const [program, title] of TITLES) {
                const project = await Project.create(program, farm);
                projects.push([title, project, []]);
                await project.up();
            }
            for (let run = 0; run < runs; run++) {
                for (const [, project, measured] of projects) {
                    measured.push(await project.preview());
                }
            }
        } finally {
            for (const [, project] of projects) {
                project.remove();
            }
        }
        const empty = projects[0]?.[2] ?? [];
        return table(
            [
                "empty preview of",
                "wall min / median",
                "CPU",
                "ratio wall / CPU",
                "peak MB program / engine / providers",
            ],
            projects.map(([title, , measured]) => [
                title,
                wall(measured),
                cpu(measured),
                ratio(measured, empty),
                memory(measured),
            ]),
        );
    });
}
