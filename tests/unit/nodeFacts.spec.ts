import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
    isComplete,
    nodesShapeProblem,
    peekNode,
    settleNode,
} from "../../components/nodes/nodeFacts";
import {
    behind,
    isSet,
    known,
    LATER,
    peek,
    settled,
    valueNow,
} from "../../components/shared/knownNow";
import { HOST_KEYS, NODES } from "./support/fixtures";
import { isKnown, unknown, valueOf } from "./support/mocks";

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
        assert.deepEqual(peek("a"), known("a"));
        assert.deepEqual(peek(undefined), known(undefined));
        assert.equal(peek(pulumi.output("a")), LATER);
        assert.equal(peek(Promise.resolve("a")), LATER);
        assert.equal(isSet(peek("a")), true);
        assert.equal(isSet(peek<string>(undefined)), false);
        assert.equal(isSet(peek(unknown<string>())), false);
        assert.equal(valueNow(peek("a")), "a");
        assert.equal(valueNow(peek(unknown<string>())), undefined);
    });
});

describe("settled", () => {
    it("waits for what a run knows, and leaves alone what a preview does not", async () => {
        assert.deepEqual(await settled("a"), known("a"));
        assert.deepEqual(await settled(undefined), known(undefined));
        assert.deepEqual(await settled(Promise.resolve("a")), known("a"));
        assert.deepEqual(await settled(pulumi.secret("a")), known("a"));
        assert.deepEqual(await settled(pulumi.output(pulumi.output("a"))), known("a"));
        assert.equal(await settled(unknown<string>()), LATER);
    });

    it("fails as the value fails", async () => {
        const failed = Promise.reject<string>(new Error("no such machine"));
        await assert.rejects(settled(failed), /no such machine/);
    });
});

describe("behind", () => {
    it("is unknown or secret only when the value itself is", async () => {
        const value = behind("a", Promise.resolve());
        assert.equal(await valueOf(value), "a");
        assert.equal(await pulumi.isSecret(value), false);
        assert.equal(await pulumi.isSecret(behind(pulumi.secret("a"), Promise.resolve())), true);
        assert.equal(await isKnown(behind(unknown<string>(), Promise.resolve())), false);
    });

    it("fails with the check", async () => {
        const check = Promise.reject<undefined>(new Error("bad")) as Promise<void>;
        await assert.rejects(valueOf(behind("a", check)), /bad/);
    });
});

describe("what is known of a node", () => {
    const NODE = {
        host: unknown<string>(),
        hostKey: HOST_KEYS.w1,
        addresses: ["10.0.0.12", unknown<string>()],
        ssh: { port: 2222 },
    };
    const LOGIN = { user: "ubuntu", port: 22, bastion: { host: "b", hostKey: HOST_KEYS.w2 } };
    const EXPECTED = {
        name: "w1",
        host: LATER,
        hostKey: known(HOST_KEYS.w1),
        port: known(2222),
        user: known("ubuntu"),
        role: undefined,
        addresses: [known("10.0.0.12"), LATER],
        bastion: {
            host: known("b"),
            hostKey: known(HOST_KEYS.w2),
            port: known(undefined),
            user: known(undefined),
        },
    };

    it("is what is plain, and marked what is known later", async () => {
        assert.deepEqual(peekNode("w1", NODE, LOGIN), EXPECTED);
        assert.deepEqual(await settleNode("w1", NODE, LOGIN), EXPECTED);
        assert.equal(isComplete(peekNode("w1", NODE, LOGIN)), false);
        assert.equal(isComplete(peekNode("w1", NODES.w1, LOGIN)), true);
    });

    it("is everything in a run", async () => {
        const node = { ...NODES.w1, host: pulumi.output("10.0.0.12") };
        assert.equal(isComplete(peekNode("w1", node, LOGIN)), false);
        assert.equal(isComplete(await settleNode("w1", node, LOGIN)), true);
    });

    it("has no private key, so that no message can show one", () => {
        const facts = peekNode("w1", NODES.w1, { privateKey: "KEY", privateKeyPassphrase: "PASS" });
        assert.doesNotMatch(JSON.stringify(facts), /KEY"|PASS/);
    });
});
