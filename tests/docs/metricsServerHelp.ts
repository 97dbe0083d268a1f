import { join } from "node:path";
import { ensurePart, hasPart } from "../cluster/harness/parts/part";
import { metricsServer } from "../cluster/harness/parts/programs";
import { run } from "../cluster/harness/run";

/** Why metrics-server cannot be asked, if it cannot: the test cluster builds it. */
export function helpLacks(): string[] {
    return hasPart(metricsServer)
        ? []
        : [`${metricsServer.name} is not built; \`npm run cluster -- up\` builds it`];
}

/** What the program says of its flags. It is not built for that. */
export async function metricsServerHelp(): Promise<string> {
    const program = join(await ensurePart(metricsServer), "metrics-server");
    const { stdout, stderr } = await run(program, ["--help"]);
    return stdout + stderr;
}
