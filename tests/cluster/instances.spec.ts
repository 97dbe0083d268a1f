import assert from "node:assert/strict";
import { join } from "node:path";
import { skipIfLacking } from "../support/skip";
import { attach, down, requirements, up, type Cluster } from "./harness";
import { sysctlsOfInterest } from "./harness/host/sysctls";
import { INSTANCE } from "./harness/instance";
import { differences, inventory } from "./harness/inventory";
import { settingsWithoutOthers } from "./harness/machineSettings";
import { stateDirectoryOf } from "./harness/paths";
import { run, type Result } from "./harness/run";

/** A cluster beside this process's own: the other end of the numbers, so that it is nobody's who works by hand. */
const BESIDE = INSTANCE === 9 ? 8 : 9;

describe("two test clusters beside each other", function () {
    this.timeout(0);
    let cluster: Cluster;
    let stock: Record<string, string>;
    let needed: Record<string, string>;

    before(async function () {
        skipIfLacking(this, requirements());
        await down();
        await beside("down");
        stock = settingsWithoutOthers();
        cluster = await up({ workers: 0 });
        needed = sysctlsOfInterest();
        await beside("up", "--workers", "1");
    });

    after(async () => {
        if ((cluster as Cluster | undefined) !== undefined) {
            await beside("down");
            await down();
        }
    });

    it("each have their own nodes", async () => {
        assert.match((await beside("status")).stdout, /^healthy\n/);
        const names = ["get", "nodes", "-o", "name"];
        assert.equal(await cluster.kubectl(names), "node/cp1\n");
        const kubeconfig = join(stateDirectoryOf(BESIDE), "kubeconfig");
        const { stdout } = await run(cluster.kubectlPath, [`--kubeconfig=${kubeconfig}`, ...names]);
        assert.equal(stdout, "node/cp1\nnode/w1\n");
    });

    it("are not taken for each other's leftovers", async () => {
        const before = inventory();
        await beside("remove-node", "w1");
        assert.deepEqual(differences(before, inventory()), []);
        await beside("down");
        assert.deepEqual(differences(before, inventory()), []);
        assert.deepEqual(sysctlsOfInterest(), needed, "the one that is left needs them");
        assert.notEqual(await attach(), undefined);
    });

    it("leave the machine's settings as they were when the last one goes, not the first one", async () => {
        await beside("up", "--workers", "0");
        await down();
        assert.deepEqual(sysctlsOfInterest(), needed);
        assert.match((await beside("status")).stdout, /^healthy\n/);
        await beside("down");
        assert.deepEqual(settingsWithoutOthers(), stock);
    });
});

/** Runs the driver for the other cluster. */
function beside(...args: string[]): Promise<Result> {
    const cli = join(__dirname, "harness", "cli.ts");
    return run(process.execPath, ["--import", "tsx", cli, `--instance=${BESIDE}`, ...args]);
}
