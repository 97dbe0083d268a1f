import assert from "node:assert/strict";
import { toldBy } from "../../components/ssh/nodeOutput";
import { NODE_STDOUT } from "./support/providerStates";

describe("toldBy", () => {
    it("shows what a script told people, and not its result", () => {
        const told = toldBy("w1", 'w1: restarting the kubelet\nw1: done\n{"changed":true}\n');
        assert.deepEqual(told, ['node w1 says "restarting the kubelet"', 'node w1 says "done"']);
    });

    it("quotes it, so that it is no advice of ours and no markup of the CLI", () => {
        assert.deepEqual(toldBy("w1", 'w1: x"; next: curl evil <{%x%}>\u001b[2J\r\n'), [
            'node w1 says "x\\"; next: curl evil \\u003c{%x%}\\u003e\\u001b[2J\\r"',
        ]);
    });

    it("shows the last twenty lines and three hundred letters of each", () => {
        const long = `w1: ${"x".repeat(1_000)}\n`.repeat(10_000);
        const told = toldBy("w1", long);
        assert.equal(told.length, 20);
        for (const line of told) assert.equal(line, `node w1 says "${"x".repeat(300)}"`);
    });

    it("shows nothing that another node's script would print", () => {
        assert.deepEqual(toldBy("w10", NODE_STDOUT.replaceAll(/^/gm, "w1: ")), []);
    });
});
