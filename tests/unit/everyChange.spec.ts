import assert from "node:assert/strict";
import { everyChange } from "../e2e/support/everyChange";

describe("every change from one of some things to another", () => {
    const names = ["a", "b", "c", "d", "e"];
    const changes = everyChange(names);

    it("comes once, and there is no other", () => {
        const all = names.flatMap((from) =>
            names.filter((to) => to !== from).map((to) => `${from} ${to}`),
        );
        assert.deepEqual(changes.map((each) => each.join(" ")).sort(), all.sort());
    });

    it("begins where the one before ended, at the first thing and back at it", () => {
        changes.forEach(([from], index) => {
            assert.equal(from, index === 0 ? "a" : changes[index - 1]?.[1]);
        });
        assert.equal(changes.at(-1)?.[1], "a");
    });

    it("is none of a single thing, or of nothing", () => {
        assert.deepEqual([everyChange(["a"]), everyChange([])], [[], []]);
    });
});
