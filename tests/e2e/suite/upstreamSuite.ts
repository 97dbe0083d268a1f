import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../cluster/harness/run";
import { VERSIONS } from "../../cluster/harness/versions";
import { go, writeMainModule } from "../../support/goModule";

const MODULE = { path: "sigs.k8s.io/metrics-server", version: `v${VERSIONS.metricsServer}` };

/** What became of one spec. */
export interface SpecResult {
    name: string;
    /** As ginkgo says it: passed, failed, skipped. */
    state: string;
    message?: string;
}

interface Report {
    SuiteSucceeded: boolean;
    SpecReports: {
        LeafNodeType: string;
        LeafNodeText: string;
        State: string;
        Failure?: { Message: string };
    }[];
}

/** metrics-server's own end-to-end suite, as its module has it. */
export class UpstreamSuite {
    private constructor(
        private readonly folder: string,
        /** The image of the pods whose use of the nodes it measures. */
        readonly image: string,
    ) {}

    static async build(): Promise<UpstreamSuite> {
        const folder = mkdtempSync(join(tmpdir(), "metrics-server-suite-"));
        await writeMainModule(folder, MODULE);
        const suite = `${MODULE.path}/test`;
        await go(folder, "test", "-c", "-vet=off", "-mod=mod", "-o", "suite", suite);
        const root = await go(folder, "list", "-mod=mod", "-m", "-f", "{{.Dir}}", MODULE.path);
        return new UpstreamSuite(folder, imageIn(join(root.trim(), "test")));
    }

    /** Runs it, or the specs whose names match, as the administrator of a cluster. */
    async run(kubeconfig: string, focus?: string): Promise<SpecResult[]> {
        const report = join(this.folder, "report.json");
        rmSync(report, { force: true });
        const only = focus === undefined ? [] : [`-ginkgo.focus=${focus}`];
        const { stdout, stderr } = await run(
            join(this.folder, "suite"),
            [`-ginkgo.json-report=${report}`, ...only],
            {
                env: { ...process.env, KUBECONFIG: kubeconfig },
                allowFailure: true,
                cwd: this.folder,
            },
        );
        try {
            return resultsIn(report);
        } catch {
            throw new Error(`the suite has left no report\n${stdout}${stderr}`.slice(-4000));
        }
    }

    remove(): void {
        rmSync(this.folder, { recursive: true, force: true });
    }
}

function imageIn(folder: string): string {
    const source = readFileSync(join(folder, "e2e_test.go"), "utf8");
    const images = new Set([...source.matchAll(/Image: +"([^"]+)"/g)].map(([, name]) => name));
    const [image] = images;
    if (image === undefined || images.size > 1) {
        throw new Error(`the suite has ${images.size} images, expected one`);
    }
    return image;
}

/** Specs, and with them the steps before and after all of them that failed. */
function resultsIn(file: string): SpecResult[] {
    const reports = JSON.parse(readFileSync(file, "utf8")) as Report[];
    return reports
        .flatMap(({ SpecReports }) => SpecReports)
        .filter(({ LeafNodeType, State }) => LeafNodeType === "It" || State !== "passed")
        .map(({ LeafNodeType, LeafNodeText, State, Failure }) => ({
            name: LeafNodeText || LeafNodeType,
            state: State,
            ...(Failure && { message: Failure.Message }),
        }));
}
