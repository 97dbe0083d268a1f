import assert from "node:assert/strict";
import { countdown, span, type Clock, type Step } from "../demo/countdown";
import { resourceEvent } from "../demo/pulumiEngine";
import { begins, ends, shareLines, type Runner } from "../demo/words";

const STEPS: Step[] = [
    { name: "building debian", expected: 100, beside: true },
    { name: "building kubernetes", expected: 960, beside: false },
    { name: "building metrics-server", expected: 300, beside: false },
    { name: "bringing the cluster up", expected: 30, beside: false },
];

function at(clock: Partial<Clock>): string {
    return countdown(STEPS, { running: {}, done: {}, ...clock });
}

describe("the demo says how far it is", () => {
    it("with what runs beside each other, and what all of it will take", () => {
        const running = { "building debian": 40, "building kubernetes": 40 };
        assert.equal(
            at({ running }),
            "step 1 of 4: building debian (40 s of about 2 min) and building kubernetes (40 s of about 16 min); about 21 min to go",
        );
    });

    it("by the pace of this machine, once a step has shown it", () => {
        const done = { "building debian": 80, "building kubernetes": 480 };
        assert.equal(
            at({ done, running: { "building metrics-server": 50 } }),
            "step 3 of 4: building metrics-server (50 s of about 3 min); about 2 min to go",
        );
    });

    it("and that a step takes longer than it should", () => {
        const done = { "building debian": 80, "building kubernetes": 960 };
        assert.match(
            at({ done, running: { "building metrics-server": 400 } }),
            /metrics-server \(7 min of about 5 min, longer than expected\); about 30 s to go$/,
        );
    });

    it("waits for the slow mirror when nothing else is left", () => {
        const done = Object.fromEntries(
            STEPS.slice(1).map(({ name, expected }) => [name, expected]),
        );
        assert.match(at({ done, running: { "building debian": 30 } }), /about 70 s to go$/);
    });

    it("in seconds up to a hundred, then in minutes", () => {
        assert.deepEqual([0.4, 99, 100, 960].map(span), ["0 s", "99 s", "2 min", "16 min"]);
    });
});

describe("the demo says who runs the program", () => {
    const pulumi: Runner = { kind: "pulumi", version: "v3.260.0" };
    const substitute: Runner = { kind: "substitute", why: "`pulumi` is not on PATH" };

    it("in its first and its last line", () => {
        for (const line of [begins(pulumi), ends(pulumi)]) {
            assert.match(line, /run by Pulumi v3\.260\.0$/);
            assert.doesNotMatch(line, /substitute/);
        }
        assert.match(
            begins(substitute),
            /substitute for the engine, because `pulumi` is not on PATH/,
        );
        for (const line of [begins(substitute), ends(substitute)]) {
            assert.match(line, /only Pulumi shows old and new values/);
            assert.doesNotMatch(line, /\n/);
        }
    });

    it("and takes from the engine's events what it works on, not what it only compares", () => {
        const metadata = {
            urn: "urn:pulumi:s::p::t:index:T::metrics-preflight",
            type: "t:index:T",
            op: "create",
            new: { custom: true },
        };
        const event = (part: object): Parameters<typeof resourceEvent>[0] =>
            part as Parameters<typeof resourceEvent>[0];
        const expected = { type: "t:index:T", name: "metrics-preflight", op: "create", at: 7 };
        assert.deepEqual(resourceEvent(event({ resourcePreEvent: { metadata } }), 7), {
            ...expected,
            phase: "begins",
        });
        assert.deepEqual(resourceEvent(event({ resOutputsEvent: { metadata } }), 7), {
            ...expected,
            phase: "done",
        });
        assert.deepEqual(resourceEvent(event({ resOpFailedEvent: { metadata } }), 7), {
            ...expected,
            phase: "failed",
        });
        const same = { metadata: { ...metadata, op: "same" } };
        assert.equal(resourceEvent(event({ resourcePreEvent: same }), 7), undefined);
        assert.equal(resourceEvent(event({ stdoutEvent: {} }), 7), undefined);
        const component = { metadata: { ...metadata, new: {} } };
        assert.equal(resourceEvent(event({ resourcePreEvent: component }), 7), undefined);
    });

    it("and a line for each wait of half a second and more", () => {
        assert.deepEqual(
            shareLines([
                { name: "deployment", waited: 22_000, took: 22_000 },
                { name: undefined, waited: 5_000, took: 5_000 },
                { name: "service", waited: 1_000, took: 10_000 },
                { name: "role", waited: 200, took: 200 },
                { name: "binding", waited: 100, took: 100 },
            ]),
            [
                "where the 28 s went, what was waited for:",
                "    22.0 s  deployment",
                "     5.0 s  nothing of the cluster: the program and the engine",
                "     1.0 s  service (10.0 s, beside others)",
                "     0.3 s  2 others",
            ],
        );
    });
});
