import assert from "node:assert/strict";
import { before, test } from "node:test";
import * as pulumi from "@pulumi/pulumi";

/** Every resource that the program makes. */
const made: pulumi.runtime.MockResourceArgs[] = [];

before(async () => {
    await pulumi.runtime.setMocks({
        newResource: (args) => {
            made.push(args);
            return { id: `${args.name}-id`, state: args.inputs as object };
        },
        call: (args) => args.inputs as object,
    });
    await import("./index");
    await pulumi.runtime.disconnect();
});

/** The inputs of the only resource of a type. */
function inputsOf(type: string): Record<string, unknown> {
    const found = made.filter((resource) => resource.type === type);
    assert.equal(found.length, 1, type);
    return found[0]?.inputs as Record<string, unknown>;
}

void test("metrics-server runs twice and verifies kubelets", () => {
    const { spec } = inputsOf("kubernetes:apps/v1:Deployment") as {
        spec: { replicas: number; template: { spec: { containers: { args: string[] }[] } } };
    };
    const args = spec.template.spec.containers.flatMap((container) => container.args);
    assert.equal(spec.replicas, 2);
    assert.ok(args.some((arg) => arg.startsWith("--kubelet-certificate-authority=")));
    assert.ok(!args.includes("--kubelet-insecure-tls"));
});

void test("the API server verifies metrics-server", () => {
    const { spec } = inputsOf("kubernetes:apiregistration.k8s.io/v1:APIService");
    assert.ok(!("insecureSkipTLSVerify" in (spec as object)));
});

void test("every node has a command of its own, and so has the approval of certificates", () => {
    const commands = made.filter(({ type }) => type === "command:remote:Command");
    const names = commands.map(({ name }) => name);
    assert.ok(names.includes("metrics-kubelets-node-cp1"));
    assert.ok(names.includes("metrics-kubelets-node-w1"));
    assert.ok(names.includes("metrics-kubelets-csr-approval-cp1"));
});
