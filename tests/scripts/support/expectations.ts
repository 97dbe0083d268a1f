import assert from "node:assert/strict";
import { FakeNode } from "./node";
import type { Cases } from "./parallel";
import { resultOf, type Run } from "./shells";

/** A case that gets a node of its own. */
export function onNode(body: (node: FakeNode) => Promise<void>): Cases[string] {
    return (shell) => FakeNode.use(shell, body);
}

/** It ended well; its result. */
export function succeeded(run: Run): Record<string, unknown> {
    assert.equal(run.code, 0, run.output);
    return resultOf(run);
}

/** It failed as documented: the code, and one last line that says what was found, what was expected, what to do. */
export function failed(run: Run, code: number, message: RegExp): void {
    assert.equal(run.code, code, run.output);
    assert.match(run.output, message);
    const lines = run.output.trimEnd().split("\n");
    assert.ok(
        lines.every((line) => line.startsWith("w1: ") && line.length < 4096),
        run.output,
    );
    assert.match(lines.at(-1) ?? "", /^w1: error: .*; expected .*; next: ./);
}

/** Nothing was written, nothing restarted, and it says why. */
export function refuses(
    code: number,
    message: RegExp,
    arrange: (node: FakeNode) => void,
): Cases[string] {
    return onNode(async (node) => {
        arrange(node);
        const before = node.snapshot();
        failed(await node.run("ensure"), code, message);
        assert.deepEqual(node.snapshot(), before);
        assert.equal(node.kubelet.restarts, 0);
    });
}
