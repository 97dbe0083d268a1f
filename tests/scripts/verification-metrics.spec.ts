import assert from "node:assert/strict";
import { isNodeStatus } from "../../components/ssh/nodeStatus";
import { onControlPlane, type Answer, type FakeControlPlane } from "./support/controlPlane";
import { describeInShells, describeInTurn, type Cases } from "./support/parallel";
import { resultOf, type Run } from "./support/shells";

const FIGURES = "get --raw /apis/metrics.k8s.io/v1beta1/nodes";
const STAMPS = "get nodes.metrics.k8s.io";

const stamp = (secondsAgo: number): string =>
    new Date(Date.now() - secondsAgo * 1000).toISOString().replace(/\.\d+Z$/, "Z");

/** A cluster of two nodes whose metrics API says what it is told; one look, and no second one. */
function metrics(node: FakeControlPlane, stamps: string): void {
    node.header = { INVENTORY: "cp1 10.0.0.11\nw1 10.0.0.12 fd00::12", METRICS_TIMEOUT: "0" };
    node.answers = {
        [FIGURES]: { stdout: "{}" },
        [STAMPS]: { stdout: stamps },
        "logs ": {},
        "get pods ": {},
    };
}

const fresh = (stamps: () => string): Cases[string] =>
    onControlPlane(async (node) => {
        metrics(node, stamps());
        const run = await node.run("metrics");
        assert.equal(run.code, 0, run.output);
        const { nodes, seconds } = resultOf(run);
        assert.deepEqual([nodes, typeof seconds], [2, "number"]);
    });

const missing = (nodes: string[], stamps: () => string): Cases[string] =>
    onControlPlane(async (node) => {
        metrics(node, stamps());
        const { code, output } = await node.run("metrics");
        assert.equal(code, 71, output);
        const named = [...output.matchAll(/error: no fresh figures of node ([^:]+):/g)];
        assert.deepEqual(
            named.map(([, name]) => name),
            nodes,
        );
        assert.match(output, /next: .*\n.*expected every node in \/apis.* within 0 s\n$/);
    });

describeInShells("verification.sh metrics", {
    "counts the nodes of the inventory, whatever else is listed": fresh(
        () => `cp1 ${stamp(5)}\nw1 ${stamp(40)}\nother ${stamp(9999)}\n`,
    ),
    "names a node that is not listed": missing(["w1"], () => `cp1 ${stamp(5)}\n`),
    "does not take an empty list for a complete one": missing(["cp1", "w1"], () => ""),
});

describeInTurn("verification.sh metrics takes for fresh", {
    "figures of the minute before": fresh(() => `cp1 ${stamp(40)}\nw1 ${stamp(-5)}\n`),
    "no old figures": missing(["w1"], () => `cp1 ${stamp(1)}\nw1 ${stamp(3600)}\n`),
    "no figures without a time": missing(["cp1", "w1"], () => "cp1 <no value>\nw1\nnull\n"),
    "no figures of a node with a longer name": missing(
        ["w1"],
        () => `cp1 ${stamp(1)}\nw11 ${stamp(1)}\nw ${stamp(1)}\n`,
    ),
    "no garbage": missing(
        ["cp1", "w1"],
        () => `\u0000\u001b[2J %s "cp1" ${stamp(1)}\n${"x".repeat(100_000)}\n`,
    ),
});

describeInTurn("verification.sh status", {
    "finds nothing while the metrics API answers, with one request": onControlPlane(
        async (node) => {
            metrics(node, "");
            const status = resultOf(await node.run("status"));
            assert.deepEqual([status["inSync"], status["causes"]], [true, []]);
            assert.ok(isNodeStatus(status), JSON.stringify(status));
            assert.deepEqual(node.calls, [FIGURES]);
        },
    ),
    "finds that it stopped, with a digest that another cause changes": onControlPlane(
        async (node) => {
            metrics(node, "");
            const digests = [];
            for (const stderr of ["ServiceUnavailable\n", "ServiceUnavailable\n", "Forbidden\n"]) {
                node.answers[FIGURES] = { stderr, code: 1 };
                const run = await node.run("status");
                const { inSync, causes, digest } = resultOf(run);
                assert.equal(run.code, 0);
                assert.deepEqual([inSync, causes], [false, ["metrics-api-silent"]]);
                assert.ok(isNodeStatus(resultOf(run)));
                digests.push(digest);
            }
            assert.equal(digests[0], digests[1]);
            assert.notEqual(digests[1], digests[2]);
        },
    ),
});

/** A cluster whose metrics API lists cp1 alone, and what --node-selector selects. */
const selecting = (
    selected: Answer,
    check: (run: Run) => void,
    selector = "pool!=edge",
): Cases[string] =>
    onControlPlane(async (node) => {
        metrics(node, `cp1 ${stamp(1)}\n`);
        node.header["NODE_SELECTOR"] = selector;
        node.answers[`get nodes -l ${selector} -o`] = selected;
        check(await node.run("metrics"));
    });

describeInTurn("verification.sh metrics where nodes are left out", {
    "waits for the others only, and names those without metrics": selecting(
        { stdout: "cp1\nother\n" },
        (run) => {
            assert.equal(run.code, 0, run.output);
            assert.equal(resultOf(run)["nodes"], 1);
            assert.match(
                run.output,
                /^cp1: warning: --node-selector="pool!=edge" leaves nodes out, which have no metrics: w1$/m,
            );
        },
    ),
    "waits for all that are selected": selecting({ stdout: "cp1\nw1\n" }, ({ code, output }) => {
        assert.equal(code, 71, output);
        assert.match(output, /error: no fresh figures of node w1:/);
        assert.doesNotMatch(output, /warning/);
    }),
    "says at once that none is selected": selecting({ stdout: "" }, ({ code, output }) => {
        assert.equal(code, 71, output);
        assert.match(
            output,
            /error: --node-selector="pool!=edge" selects none of the nodes: cp1 w1; expected one at least; next: kubectl get nodes --show-labels, then correct metricsServer\.extraArgs\n$/,
        );
    }),
    "says at once that a selector is none": selecting(
        { stderr: "error: unable to parse requirement\n", code: 1 },
        ({ code, output }) => {
            assert.equal(code, 71, output);
            assert.match(
                output,
                /cannot list the nodes of --node-selector="a in": error: unable to parse requirement; expected a selector/,
            );
        },
        "a in",
    ),
});
