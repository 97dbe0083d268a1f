import assert from "node:assert/strict";
import { nodeResult } from "../../components/kubelet-serving-certificates/nodeResult";
import { lastJsonLine } from "../../components/ssh/lastJsonLine";
import { NODE_NOT_AFTER, NODE_SHA256, NODE_STDOUT } from "./support/providerStates";

describe("nodeResult", () => {
    it("reads the JSON line at the end of what the script printed", () => {
        assert.deepEqual(nodeResult(NODE_STDOUT), {
            changed: true,
            restarted: true,
            notAfter: NODE_NOT_AFTER,
            certificateSha256: NODE_SHA256,
        });
    });

    it("reads a result without the newline at its end, and with several", () => {
        assert.deepEqual(nodeResult(NODE_STDOUT.trimEnd()), nodeResult(NODE_STDOUT));
        assert.deepEqual(nodeResult(`${NODE_STDOUT}\r\n\n`), nodeResult(NODE_STDOUT));
    });

    it("takes what is missing as nothing done", () => {
        assert.deepEqual(nodeResult("{}"), {
            changed: false,
            restarted: false,
            notAfter: "",
            certificateSha256: "",
        });
    });

    it("says what it found when the last line is no JSON, and at most 200 letters of it", () => {
        assert.throws(() => nodeResult('{"changed":true}\nbye'), {
            message: 'the script\'s last line is not JSON: "bye"',
        });
        assert.throws(() => nodeResult(""), {
            message: 'the script\'s last line is not JSON: ""',
        });
        assert.throws(() => lastJsonLine("x".repeat(1000)), {
            message: `the script's last line is not JSON: "${"x".repeat(200)}"`,
        });
    });

    for (const line of ["null", "42", '"ok"', "[]", "true"]) {
        it(`says so when the last line is JSON, but no result: ${line}`, () => {
            assert.throws(() => nodeResult(line), {
                message: `the script's last line is not a JSON object: ${JSON.stringify(line)}`,
            });
        });
    }

    it("has values of the promised types only, whatever the script printed", () => {
        const odd = '{"changed":"yes","restarted":1,"certificate":{"notAfter":5,"sha256":null}}';
        assert.deepEqual(nodeResult(odd), {
            changed: false,
            restarted: false,
            notAfter: "",
            certificateSha256: "",
        });
    });
});
