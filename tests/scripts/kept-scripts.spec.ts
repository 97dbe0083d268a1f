import assert from "node:assert/strict";
import { existsSync, readdirSync, rmSync, utimesSync } from "node:fs";
import { join } from "node:path";
import { composedScript } from "../../components/ssh/scriptTable";
import { onNode, succeeded } from "./support/expectations";
import type { FakeNode } from "./support/node";
import { describeInShells } from "./support/parallel";

const SCRIPTS = "var/lib/secure-metrics-server/scripts";
const { file: TODAY, text: TEXT } = composedScript("kubelet");

/** A number that no process has: beyond the most that Linux gives. */
const UNUSED_PID = 4_194_305;

/** The name of a script of another release. */
const earlier = (name: string, digit: number): string => `${name}-${String(digit).repeat(64)}`;

/** Puts scripts there, the last one as the oldest. */
function keep(node: FakeNode, ...files: string[]): void {
    node.header["SCRIPT"] = TODAY;
    for (const [age, file] of files.entries()) {
        node.write(join(SCRIPTS, file), file === TODAY ? TEXT : "# another release\n");
        utimesSync(join(node.root, SCRIPTS, file), 1_700_000_000 - age, 1_700_000_000 - age);
    }
}

const kept = (node: FakeNode): string[] => readdirSync(join(node.root, SCRIPTS)).sort();

describeInShells("the scripts that stay on a node", {
    "after a success: this one, whatever its age, and the two newest of its name": onNode(
        async (node) => {
            const [a, b, c, d] = [1, 2, 3, 4].map((digit) => earlier("kubelet", digit)) as [
                string,
                string,
                string,
                string,
            ];
            const other = [1, 2, 3, 4].map((digit) => earlier("kubelet-config", digit));
            keep(node, a, b, c, d, ...other, TODAY);
            succeeded(await node.run("ensure"));
            assert.deepEqual(kept(node), [...other, a, b, TODAY].sort());
        },
    ),
    "after a failure: all of them": onNode(async (node) => {
        const files = [1, 2, 3, 4].map((digit) => earlier("kubelet", digit));
        keep(node, TODAY, ...files);
        node.configuration = "not: a kubelet's\n";
        assert.notEqual((await node.run("ensure")).code, 0);
        assert.deepEqual(kept(node), [...files, TODAY].sort());
    }),
    "after a revert: none of its name, nor what a cut upload left, but one that is under way":
        onNode(async (node) => {
            succeeded(await node.run("ensure"));
            const other = earlier("kubelet-config", 1);
            const upload = `.incoming.${process.pid}`;
            keep(node, TODAY, earlier("kubelet", 1), other, `.incoming.${UNUSED_PID}`, upload);
            succeeded(await node.run("revert"));
            assert.deepEqual(kept(node), [upload, other]);
        }),
    "after the last revert: no folder of ours": onNode(async (node) => {
        keep(node, TODAY);
        succeeded(await node.run("ensure"));
        assert.deepEqual(kept(node), [TODAY]);
        succeeded(await node.run("revert"));
        assert.ok(!existsSync(join(node.root, "var/lib/secure-metrics-server")));
    }),
    "are missed by a look for drift, because a revert needs one of them": onNode(async (node) => {
        keep(node, TODAY);
        succeeded(await node.run("ensure"));
        assert.deepEqual(succeeded(await node.run("status"))["causes"], []);
        keep(node, earlier("kubelet", 1));
        rmSync(join(node.root, SCRIPTS, TODAY));
        assert.deepEqual(succeeded(await node.run("status"))["causes"], []);
        rmSync(join(node.root, SCRIPTS, earlier("kubelet", 1)));
        assert.deepEqual(succeeded(await node.run("status"))["causes"], ["script-missing"]);
    }),
});
