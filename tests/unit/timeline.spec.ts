import assert from "node:assert/strict";
import fc from "fast-check";
import { whereTimeWent, type ResourceEvent } from "../support/timeline";

/** The events of a resource that is worked on from one moment to another. */
function worked(name: string, from: number, to: number): ResourceEvent[] {
    const event = { type: "t", name, op: "create" };
    return [
        { ...event, phase: "begins", at: from },
        { ...event, phase: "done", at: to },
    ];
}

describe("where the time of a run went", () => {
    it("counts each moment for the resource that was waited for: the one that ended last", () => {
        const events = [...worked("deployment", 10, 32), ...worked("service", 10, 20)];
        assert.deepEqual(
            whereTimeWent(events, 0, 35),
            [
                { name: "deployment", waited: 22, took: 22 },
                { name: undefined, waited: 13, took: 13 },
                { name: "service", waited: 0, took: 10 },
            ].filter(({ waited }) => waited > 0),
        );
    });

    it("gives a resource that began earlier only what it had to be waited for", () => {
        const events = [...worked("early", 0, 10), ...worked("late", 6, 20)];
        assert.deepEqual(whereTimeWent(events, 0, 20), [
            { name: "late", waited: 14, took: 14 },
            { name: "early", waited: 6, took: 10 },
            { name: undefined, waited: 0, took: 0 },
        ]);
    });

    it("takes what has begun and not ended to have ended with the run", () => {
        const [begun] = worked("cut", 5, 0);
        assert.ok(begun);
        const [cut, program] = whereTimeWent([begun], 0, 20);
        assert.deepEqual(cut, { name: "cut", waited: 15, took: 15 });
        assert.deepEqual(program, { name: undefined, waited: 5, took: 5 });
    });

    it("adds up to the whole run, whatever overlaps", () => {
        const span = fc.tuple(fc.nat(100), fc.nat(100)).map(([a, b]) => [a, a + b] as const);
        fc.assert(
            fc.property(fc.array(span, { maxLength: 12 }), (spans) => {
                const events = spans.flatMap(([from, to], index) => worked(`r${index}`, from, to));
                const shares = whereTimeWent(events, 0, 200);
                const sum = shares.reduce((total, { waited }) => total + waited, 0);
                assert.equal(sum, 200);
            }),
        );
    });
});
