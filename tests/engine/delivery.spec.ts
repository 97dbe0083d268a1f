import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { composedScript } from "../../components/ssh/scriptTable";
import { engineRequirements } from "../e2e/support/engine";
import type { Run } from "../support/localStack";
import { skipIfLacking } from "../support/skip";
import { StandIns } from "./nodes/standIns";

const KEPT = ["csr-approval", "kubelet", "kubelet-config"] as const;
const SCRIPTS = "var/lib/secure-metrics-server/scripts";

describe("scripts on nodes, with the real engine, the real receiver and the real loader", function () {
    let all: StandIns;

    before(function () {
        skipIfLacking(this, engineRequirements());
    });

    beforeEach(async () => {
        all = await StandIns.create(["cp1"], ["w1"]);
    });

    afterEach(() => all.remove());

    function fine(run: Run): Run {
        assert.equal(run.error, undefined, run.error);
        return run;
    }

    const lying = (name: string): string[] => all.node(name).files.scripts();

    it("lie where a later delete needs them, those of checks nowhere, and destroy takes them away", async () => {
        fine(await all.up(["cp1", "w1"], "revert"));
        assert.deepEqual(lying("cp1"), KEPT.map((name) => composedScript(name).file).sort());
        assert.deepEqual(lying("w1"), [composedScript("kubelet").file]);
        fine(await all.destroy());
        assert.deepEqual([lying("cp1"), lying("w1")], [[], []]);
    });

    it("are missed by nobody on a node that was made anew: it has nothing to take back", async () => {
        fine(await all.up(["cp1", "w1"], "revert"));
        all.node("w1").files.reimage();
        fine(await all.destroy());
        assert.equal(all.node("w1").files.said.at(-1), "");
        assert.deepEqual(lying("w1"), []);
    });

    it("stop a delete when one is not what was sent, and it goes on when it is", async () => {
        fine(await all.up(["cp1", "w1"], "revert"));
        const file = join(all.node("w1").files.root, SCRIPTS, composedScript("kubelet").file);
        writeFileSync(file, "echo something else\n");
        const run = await all.destroy();
        assert.match(run.error ?? "", /w1: error: \S+ is not what was sent; next: README, exit 78/);
        writeFileSync(file, composedScript("kubelet").text);
        fine(await all.destroy());
        assert.deepEqual(lying("w1"), []);
    });

    it("are put there again by the run after one that was stopped in between", async () => {
        fine(await all.up(["cp1"], "revert"));
        rmSync(join(all.node("w1").files.root, "var/lib"), { recursive: true });
        const run = await all.up(["cp1", "w1"], "revert");
        assert.match(run.error ?? "", /node w1: .*cannot make .*; expected it to take kubelet-/);
        all.node("w1").files.reimage();
        fine(await all.up(["cp1", "w1"], "revert"));
        assert.deepEqual(lying("w1"), [composedScript("kubelet").file]);
    });
});
