import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { nodesShapeProblem, peekNodes } from "../../components/nodes/nodeFacts";
import { isKnown, LATER, peek } from "../../components/shared/knownNow";
import { HOST_KEYS, NODES } from "./support/fixtures";
import { unknown } from "./support/mocks";

describe("nodesShapeProblem", () => {
    const late =
        "nodes is known only after other resources exist; expected a plain map whose keys are node names (its hosts and host keys may be outputs)";
    const noMap = "nodes is not a map; expected one entry a node, keyed by node name";

    it("finds nothing wrong with a map of objects", () => {
        assert.equal(nodesShapeProblem(NODES), undefined);
        assert.equal(nodesShapeProblem({}), undefined);
    });

    const shapes: [string, unknown, string][] = [
        ["an Output of a map", pulumi.output(NODES), late],
        ["an unknown Output", unknown(), late],
        ["a promise", Promise.resolve(NODES), late],
        ["an array", [NODES.w1], noMap],
        ["nothing", undefined, noMap],
        ["null", null, noMap],
        ["a text", "cp1", noMap],
        [
            "an Output as a node",
            { cp1: NODES.cp1, w1: pulumi.output(NODES.w1) },
            "nodes.w1 is not a plain object; expected { host, hostKey, … }",
        ],
        [
            "a promise as a node",
            { w1: Promise.resolve(NODES.w1) },
            "nodes.w1 is not a plain object; expected { host, hostKey, … }",
        ],
        [
            "an address as a node",
            { w1: "10.0.0.12" },
            "nodes.w1 is not a plain object; expected { host, hostKey, … }",
        ],
        [
            "no node at all",
            { w1: undefined },
            "nodes.w1 is not a plain object; expected { host, hostKey, … }",
        ],
    ];
    for (const [what, nodes, problem] of shapes) {
        it(`refuses ${what}`, () => {
            assert.equal(nodesShapeProblem(nodes), problem);
        });
    }
});

describe("peek", () => {
    it("tells plain values from those that are known later", () => {
        assert.equal(peek("a"), "a");
        assert.equal(peek(undefined), undefined);
        assert.equal(peek(pulumi.output("a")), LATER);
        assert.equal(peek(Promise.resolve("a")), LATER);
        assert.equal(isKnown(peek("a")), true);
        assert.equal(isKnown(peek<string>(undefined)), false);
        assert.equal(isKnown(peek(unknown<string>())), false);
    });
});

describe("peekNodes", () => {
    it("sees what is plain and marks what is known later", () => {
        const [node] = peekNodes(
            {
                w1: {
                    host: unknown<string>(),
                    hostKey: HOST_KEYS.w1,
                    addresses: ["10.0.0.12", unknown<string>()],
                    ssh: { port: 2222 },
                },
            },
            { user: "ubuntu", port: 22, bastion: { host: "b", hostKey: HOST_KEYS.w2 } },
        );
        assert.deepEqual(node, {
            name: "w1",
            host: LATER,
            hostKey: HOST_KEYS.w1,
            port: 2222,
            user: "ubuntu",
            role: undefined,
            addresses: ["10.0.0.12", LATER],
            bastion: { host: "b", hostKey: HOST_KEYS.w2, port: undefined, user: undefined },
        });
    });

    it("sees no private key, so that no message can show one", () => {
        const facts = peekNodes(NODES, { privateKey: "KEY", privateKeyPassphrase: "PASS" });
        assert.doesNotMatch(
            JSON.stringify(facts, (_, value: unknown) =>
                typeof value === "symbol" ? String(value) : value,
            ),
            /KEY"|PASS/,
        );
    });
});
