import assert from "node:assert/strict";
import fc from "fast-check";
import { NodeRole } from "../../components/nodes/nodeArgs";
import {
    rolloutSteps,
    type RolloutStep,
} from "../../components/kubelet-serving-certificates/rollout";

const clusters = fc
    .uniqueArray(fc.stringMatching(/^[a-z][a-z0-9]{0,4}$/), { maxLength: 14 })
    .chain((names) =>
        fc.tuple(
            fc.constant(names),
            fc.array(fc.constantFrom(NodeRole.Worker, NodeRole.ControlPlane), {
                minLength: names.length,
                maxLength: names.length,
            }),
        ),
    )
    .map(([names, roles]) =>
        names.map((name, index) => ({ name, role: roles[index] ?? NodeRole.Worker })),
    );
const lanes = fc.integer({ min: 1, max: 6 });

/** All steps that are done before a step may start. */
function before(steps: RolloutStep[], name: string): Set<string> {
    const direct = steps.find((step) => step.name === name)?.after ?? [];
    return new Set(direct.flatMap((other) => [other, ...before(steps, other)]));
}

/** Runs the steps as an engine does, each as soon as it may, ending them in a random order. */
function simulate(
    steps: RolloutStep[],
    pick: () => number,
    onRunning: (running: string[]) => void,
): string[] {
    const done: string[] = [];
    for (;;) {
        const running = steps
            .filter(
                ({ name, after }) => !done.includes(name) && after.every((n) => done.includes(n)),
            )
            .map(({ name }) => name);
        if (running.length === 0) {
            return done;
        }
        onRunning(running);
        done.push(running[pick() % running.length] ?? "");
    }
}

/** The most steps of which each waits for the one before. */
function longestChain(steps: RolloutStep[]): number {
    const length: Record<string, number> = {};
    for (const { name, after } of steps) {
        length[name] = 1 + Math.max(0, ...after.map((other) => length[other] ?? 0));
    }
    return Math.max(0, ...Object.values(length));
}

function namesOf(nodes: Parameters<typeof rolloutSteps>[0], role: NodeRole): string[] {
    return nodes
        .filter((node) => node.role === role)
        .map(({ name }) => name)
        .sort();
}

describe("rolloutSteps", () => {
    it("changes one worker, then the others in lanes, then the control planes one by one", () => {
        const workers = ["w1", "w2", "w3", "w4", "w5"].map((name) => ({
            name,
            role: NodeRole.Worker,
        }));
        const controls = ["cp1", "cp2"].map((name) => ({ name, role: NodeRole.ControlPlane }));
        assert.deepEqual(rolloutSteps([...controls, ...workers], 2), [
            { name: "w1", after: [] },
            { name: "w2", after: ["w1"] },
            { name: "w3", after: ["w1"] },
            { name: "w4", after: ["w2"] },
            { name: "w5", after: ["w3"] },
            { name: "cp1", after: ["w4", "w5"] },
            { name: "cp2", after: ["cp1"] },
        ]);
    });

    it("changes control planes one by one where there is nothing else", () => {
        assert.deepEqual(
            rolloutSteps(
                ["b", "a"].map((name) => ({ name, role: NodeRole.ControlPlane })),
                9,
            ),
            [
                { name: "a", after: [] },
                { name: "b", after: ["a"] },
            ],
        );
    });

    it("has nothing to do for no nodes", () => {
        assert.deepEqual(rolloutSteps([], 1), []);
    });

    it("has every node exactly once, and each only after steps that stand before it", () => {
        fc.assert(
            fc.property(clusters, lanes, (nodes, width) => {
                const steps = rolloutSteps(nodes, width);
                assert.deepEqual(
                    steps.map(({ name }) => name).sort(),
                    nodes.map(({ name }) => name).sort(),
                );
                steps.forEach(({ after }, index) => {
                    const earlier = steps.slice(0, index).map(({ name }) => name);
                    assert.ok(after.every((name) => earlier.includes(name)));
                    assert.equal(new Set(after).size, after.length);
                });
            }),
        );
    });

    it("does not depend on the order in which the nodes are listed", () => {
        fc.assert(
            fc.property(clusters, lanes, (nodes, width) => {
                assert.deepEqual(
                    rolloutSteps([...nodes].reverse(), width),
                    rolloutSteps(nodes, width),
                );
            }),
        );
    });

    it("starts with one worker alone, before anything else", () => {
        fc.assert(
            fc.property(clusters, lanes, (nodes, width) => {
                const [canary] = namesOf(nodes, NodeRole.Worker);
                const steps = rolloutSteps(nodes, width);
                for (const { name } of steps.filter((step) => step.name !== canary)) {
                    assert.ok(canary === undefined || before(steps, name).has(canary));
                }
            }),
        );
    });

    it("is as long as the canary, the rounds of the other workers and the control planes, and no longer", () => {
        fc.assert(
            fc.property(clusters, lanes, (nodes, width) => {
                const [canary, ...rest] = namesOf(nodes, NodeRole.Worker);
                const controls = namesOf(nodes, NodeRole.ControlPlane);
                const rounds = Math.ceil(rest.length / width);
                assert.equal(
                    longestChain(rolloutSteps(nodes, width)),
                    (canary === undefined ? 0 : 1) + rounds + controls.length,
                );
            }),
        );
    });

    it("takes each control plane only after all workers and all control planes before it", () => {
        fc.assert(
            fc.property(clusters, lanes, (nodes, width) => {
                const workers = namesOf(nodes, NodeRole.Worker);
                const steps = rolloutSteps(nodes, width);
                namesOf(nodes, NodeRole.ControlPlane).forEach((name, index, controls) => {
                    assert.deepEqual(
                        [...before(steps, name)].sort(),
                        [...workers, ...controls.slice(0, index)].sort(),
                    );
                });
            }),
        );
    });

    it("finishes, and never has more than maxUnavailable workers in work, whichever ends first", () => {
        fc.assert(
            fc.property(clusters, lanes, fc.infiniteStream(fc.nat()), (nodes, width, random) => {
                const controls = namesOf(nodes, NodeRole.ControlPlane);
                const done = simulate(
                    rolloutSteps(nodes, width),
                    () => Number(random.next().value),
                    (running) => {
                        const workers = running.filter((name) => !controls.includes(name));
                        assert.ok(workers.length <= width);
                        assert.ok(workers.length === running.length || running.length === 1);
                    },
                );
                assert.equal(done.length, nodes.length);
            }),
        );
    });

    it("uses all lanes while there is work for them", () => {
        let widest = 0;
        const workers = Array.from({ length: 9 }, (_, index) => ({
            name: `w${index}`,
            role: NodeRole.Worker,
        }));
        simulate(
            rolloutSteps(workers, 4),
            () => 0,
            (running) => (widest = Math.max(widest, running.length)),
        );
        assert.equal(widest, 4);
    });
});
