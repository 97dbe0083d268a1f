import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Cluster, KUBERNETES } from "../../cluster/harness";
import { goPrograms } from "../../cluster/harness/parts/goProgram";
import { writeArchive } from "../../cluster/harness/parts/images";
import { ensurePart } from "../../cluster/harness/parts/part";
import { NEWEST_KUBERNETES } from "../../cluster/harness/versions";
import { importArchive } from "./nodeImages";

/** The image that the examples run, by the name that Kubernetes gives it. */
export const AGNHOST = "registry.k8s.io/e2e-test-images/agnhost:2.66.1";

/** Kubernetes' own test program: a webhook, a converter and a server for external metrics, which older releases do not have. */
const program = goPrograms("agnhost", {
    path: "k8s.io/kubernetes",
    version: `v${KUBERNETES[NEWEST_KUBERNETES].version}`,
    programs: { agnhost: "test/images/agnhost" },
    variables: {},
});

/** Gives every node the image that the examples run, made from the module. */
export async function importAgnhost(cluster: Cluster): Promise<void> {
    const directory = await ensurePart(program);
    const work = mkdtempSync(join(tmpdir(), "agnhost-"));
    try {
        const archive = join(work, "archive.tar");
        const image = {
            reference: AGNHOST,
            program: join(directory, "agnhost"),
            path: "/agnhost",
            entrypoint: ["/agnhost"],
        };
        await writeArchive([image], work, archive);
        await importArchive(cluster, readFileSync(archive));
    } finally {
        rmSync(work, { recursive: true, force: true });
    }
}
