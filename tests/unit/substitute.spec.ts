import assert from "node:assert/strict";
import { notAsRegistered, stepFor } from "../substitute/compare";
import { plainProperties, withSecrets } from "../substitute/values";

describe("the substitute compares", () => {
    it("what is registered with what was: each input that is new, gone or different", () => {
        const before = { same: { a: [1] }, gone: 1, other: { a: [1] } };
        const now = { same: { a: [1] }, fresh: 1, other: { a: [2] } };
        assert.deepEqual(stepFor(before, now), {
            op: "update",
            differing: ["fresh", "gone", "other"],
        });
        assert.deepEqual(stepFor(before, structuredClone(before)), { op: "same", differing: [] });
        assert.deepEqual(stepFor(undefined, now), { op: "create", differing: [] });
    });

    it("an object with the cluster's: defaults and status are no difference, all else is", () => {
        const wanted = { spec: { replicas: 2, args: ["--a", "--b"], strategy: {} } };
        const live = {
            spec: { replicas: 2, args: ["--a", "--b"], strategy: { type: "x" }, more: 1 },
            status: {},
        };
        assert.deepEqual(notAsRegistered(wanted, live), []);
        const changed = { spec: { replicas: 3, args: ["--a"], strategy: {} } };
        assert.deepEqual(notAsRegistered(wanted, changed), ["spec.replicas", "spec.args"]);
        assert.deepEqual(
            notAsRegistered(wanted, { spec: { ...live.spec, args: ["--a", "--c"] } }),
            ["spec.args[1]"],
        );
        assert.deepEqual(notAsRegistered(wanted, {}), ["spec.replicas", "spec.args"]);
    });

    it("secrets by their values, and marks as secret what the program asks for", () => {
        const marked = withSecrets({ stdout: "x", stderr: "" }, ["stdout", "absent"]);
        assert.notEqual(marked["stdout"], "x");
        assert.deepEqual(withSecrets(marked, ["stdout"]), marked);
        assert.deepEqual(plainProperties({ list: [marked] }), {
            list: [{ stdout: "x", stderr: "" }],
        });
    });
});
