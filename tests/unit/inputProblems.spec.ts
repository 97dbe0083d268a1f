import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { inputProblems } from "../../components/shared/inputProblems";
import { schemaText, type PackageSchema } from "../../components/shared/schema";
import { NODES, SSH } from "./support/fixtures";

const SCHEMA = JSON.parse(schemaText()) as PackageSchema;
const PROPERTIES =
    SCHEMA.resources["secure-metrics-server:index:SecureMetricsServer"]?.inputProperties ?? {};

function problems(inputs: object): string[] {
    return inputProblems(SCHEMA, inputs as Record<string, unknown>, PROPERTIES);
}

/** As JSON and gRPC make an object: with a property of its own that is called __proto__. */
function parsed(text: string): object {
    return JSON.parse(text) as object;
}

describe("inputProblems", () => {
    it("finds nothing in the arguments of the documentation", () => {
        assert.deepEqual(problems({ nodes: NODES, ssh: SSH }), []);
    });

    it("takes no name for an argument that only every object has", () => {
        for (const name of ["constructor", "toString", "hasOwnProperty", "__proto__"]) {
            const bag = parsed(`{"${name}": "a-secret"}`);
            for (const [at, inputs] of Object.entries({
                "": bag,
                "ssh.": { ssh: bag },
                "nodes.w1.": { nodes: { w1: bag } },
            })) {
                const [problem = "", ...more] = problems(inputs);
                assert.ok(
                    problem.startsWith(`${at}${name} is no argument; expected one of `),
                    problem,
                );
                assert.deepEqual(more, []);
            }
        }
    });

    it("takes any name for one of a map", () => {
        assert.deepEqual(problems({ nodes: { constructor: NODES.w1 } }), []);
        const odd = parsed('{"__proto__": {"host": 1}}');
        assert.deepEqual(problems({ nodes: odd }), [
            "nodes.__proto__.host is a number; expected a string",
        ]);
    });

    it("takes null for an argument that is not set, and not for a node or an item", () => {
        assert.deepEqual(problems({ nodes: { w1: { host: "a", ssh: null } }, ssh: null }), []);
        assert.deepEqual(
            problems({
                nodes: { w1: null, w2: { addresses: [null] } },
                metricsServer: { extraArgs: null, nodeSelector: { a: null } },
            }),
            [
                "nodes.w1 is null; expected an object",
                "nodes.w2.addresses[0] is null; expected a string",
                "metricsServer.nodeSelector.a is null; expected a string",
            ],
        );
    });

    it("names what has another form, and never its value", () => {
        const found = problems({
            nodes: ["a-secret"],
            ssh: { privateKey: ["a-secret"], user: { a: "a-secret" }, port: "a-secret" },
            metricsServer: "a-secret",
        });
        assert.deepEqual(found, [
            "nodes is an array; expected an object",
            "ssh.privateKey is an array; expected a string",
            "ssh.user is an object; expected a string",
            "ssh.port is a string; expected a number",
            "metricsServer is a string; expected an object",
        ]);
    });

    it("takes secrets inside of a node, and no secret for the node or all nodes", () => {
        const host = pulumi.secret("a-secret");
        assert.deepEqual(problems({ nodes: { w1: { host, hostKey: host } } }), []);
        for (const [at, nodes] of Object.entries({
            nodes: pulumi.secret(NODES),
            "nodes.w1": { w1: pulumi.secret({ host: "a-secret" }) },
        })) {
            const [problem = "", ...more] = problems({ nodes });
            assert.ok(problem.startsWith(`${at} is an output or a secret as a whole`), problem);
            assert.doesNotMatch(problem, /a-secret/);
            assert.deepEqual(more, []);
        }
    });
});
