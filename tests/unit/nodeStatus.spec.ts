import assert from "node:assert/strict";
import fc from "fast-check";
import { isNodeStatus, repairMarker } from "../../components/ssh/nodeStatus";
import { sh } from "./support/shell";

describe("repairMarker", () => {
    it("shows the cause and a digest, so that the same drift twice shows twice", () => {
        const status = { inSync: false, causes: ["serverTLSBootstrap:false"], digest: "8c0bc4" };
        assert.equal(repairMarker(status), "serverTLSBootstrap:false@8c0bc4");
        assert.notEqual(repairMarker(status), repairMarker({ ...status, digest: "8c0bc5" }));
    });

    it("shows several causes, and that there is drift when no cause is known", () => {
        assert.equal(repairMarker({ inSync: false, causes: ["a", "b"], digest: "d" }), "a,b@d");
        assert.equal(repairMarker({ inSync: false, causes: [], digest: "d" }), "drift@d");
    });

    it("is one harmless and short word of a shell command, whatever a node answers", () => {
        const text = fc.string({ unit: "grapheme", maxLength: 300 });
        fc.assert(
            fc.property(fc.array(text), text, (causes, digest) => {
                const marker = repairMarker({ inSync: false, causes, digest });
                assert.match(marker, /^[A-Za-z0-9:._,-]+@[A-Za-z0-9:._-]*$/);
                assert.ok(marker.length <= 173);
            }),
        );
        const evil = { inSync: false, causes: ["$(touch /tmp/x)", "a'b"], digest: "`id`" };
        assert.equal(sh(`printf %s ${repairMarker(evil)}`), repairMarker(evil));
    });
});

describe("isNodeStatus", () => {
    it("takes what the status verb prints", () => {
        assert.equal(isNodeStatus({ inSync: true, causes: [], digest: "d", more: 1 }), true);
    });

    for (const odd of [
        null,
        undefined,
        "in sync",
        {},
        { inSync: "true", causes: [], digest: "d" },
        { inSync: true, causes: "none", digest: "d" },
        { inSync: true, causes: [] },
        { inSync: false, causes: [1, null], digest: "d" },
        { inSync: false, causes: ["<{%x%}>"], digest: "d" },
        { inSync: false, causes: ["two words"], digest: "d" },
        { inSync: true, causes: [], digest: "; next: curl" },
    ]) {
        it(`refuses ${JSON.stringify(odd)}`, () => {
            assert.equal(isNodeStatus(odd), false);
        });
    }
});
