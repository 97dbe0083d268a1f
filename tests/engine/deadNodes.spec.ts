import assert from "node:assert/strict";
import { engineRequirements } from "../e2e/support/engine";
import type { Run } from "../support/localStack";
import { skipIfLacking } from "../support/skip";
import { StandIns } from "./nodes/standIns";

const did = ({ changes }: Run): string[] => changes.map(({ op, name }) => `${op} ${name}`).sort();

describe("nodes that leave, with the real engine and nodes that stand in", function () {
    let all: StandIns;

    before(function () {
        skipIfLacking(this, engineRequirements());
    });

    beforeEach(async () => {
        all = await StandIns.create(["cp1", "cp2"], ["w1", "w2"]);
    });

    afterEach(() => all.remove());

    /** A run of which nothing goes wrong. */
    function fine(run: Run): Run {
        assert.equal(run.error, undefined, run.error);
        return run;
    }

    function forgetVerbs(): void {
        for (const { name } of all.nodes) all.verbs(name);
    }

    it("a dead worker, with retain: the run needs nothing of it, and restarts no other", async () => {
        fine(await all.up(["cp1", "cp2", "w1", "w2"], "retain"));
        forgetVerbs();
        await all.kill("w2");
        const run = fine(await all.up(["cp1", "cp2", "w1"], "retain"));
        assert.deepEqual(did(run), [
            "delete kubelets-node-w2",
            "update kubelets-csr-approval-cp1",
            "update kubelets-csr-approval-cp2",
            "update kubelets-verification",
        ]);
        assert.deepEqual([all.verbs("w1"), all.verbs("cp2")], [[], ["install"]]);
        assert.deepEqual(did(fine(await all.up(["cp1", "cp2", "w1"], "retain"))), []);
    });

    it("a dead worker, with revert: retain first, which runs nothing, and then it is let go", async () => {
        fine(await all.up(["cp1", "cp2", "w1", "w2"], "revert"));
        forgetVerbs();
        await all.kill("w2");
        fine(await all.up(["cp1", "cp2", "w1", "w2"], "retain"));
        for (const { name } of all.nodes) assert.deepEqual(all.verbs(name), [], name);
        fine(await all.up(["cp1", "cp2", "w1"], "retain"));
        assert.deepEqual(all.verbs("w1"), []);
    });

    it("a dead control plane: everything but the end of its approver is done, and then its URN can be forgotten", async () => {
        fine(await all.up(["cp1", "cp2", "w1"], "retain"));
        forgetVerbs();
        await all.kill("cp2");
        assert.match((await all.forget("kubelets-csr-approval-cp2")) ?? "", /depend on it/);
        const run = await all.up(["cp1", "w1"], "retain");
        assert.match(run.error ?? "", /kubelets-csr-approval-cp2/);
        assert.deepEqual(did(run), [
            "delete kubelets-csr-approval-cp2",
            "delete kubelets-node-cp2",
            "update kubelets-csr-approval-cp1",
            "update kubelets-verification",
        ]);
        assert.equal(await all.forget("kubelets-csr-approval-cp2"), undefined);
        assert.deepEqual(did(fine(await all.up(["cp1", "w1"], "retain"))), []);
        assert.deepEqual([all.verbs("w1"), all.verbs("cp1")], [[], ["install", "kubelets"]]);
    });

    it("goodbye goes by what the last run recorded: revert has to be brought up first", async () => {
        fine(await all.up(["cp1", "w1"], "retain"));
        fine(await all.up(["cp1", "w1"], "revert"));
        forgetVerbs();
        fine(await all.destroy());
        assert.deepEqual(all.verbs("w1"), ["revert"]);
        assert.deepEqual(all.verbs("cp1"), ["revert", "revert", "uninstall"]);
    });

    it("goodbye with retain takes the approver away, and the ConfigMap's setting before it, and leaves the nodes alone", async () => {
        fine(await all.up(["cp1", "w1"], "retain"));
        forgetVerbs();
        fine(await all.destroy());
        assert.deepEqual([all.verbs("w1"), all.verbs("cp1")], [[], ["revert", "uninstall"]]);
    });
});
