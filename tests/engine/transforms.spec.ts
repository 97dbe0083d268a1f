import assert from "node:assert/strict";
import { appendFileSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Stack } from "@pulumi/pulumi/automation";
import { load } from "js-yaml";
import { engineRequirements } from "../e2e/support/engine";
import { localStack, record, REPOSITORY } from "../support/localStack";
import { skipIfLacking } from "../support/skip";

const EXAMPLE = join(REPOSITORY, "examples", "transforms");
const POLICY_PACK = join(REPOSITORY, "examples", "policy-pack");
const RENDERED = "rendered";

interface Deployment {
    kind: string;
    spec: {
        template: {
            spec: { terminationGracePeriodSeconds?: number; containers: { args: string[] }[] };
        };
    };
}

describe("a transform of a program, with the real engine", function () {
    let stack: Stack;
    let folder: string;

    before(async function () {
        skipIfLacking(this, engineRequirements());
        ({ stack, folder } = await localStack(EXAMPLE, "transforms"));
        await stack.setConfig("kubernetes:renderYamlToDirectory", {
            value: join(folder, RENDERED),
        });
    });

    after(() => {
        if (folder) rmSync(folder, { recursive: true, force: true });
    });

    function deployment(): Deployment {
        const manifests = join(folder, RENDERED, "1-manifest");
        const [found] = readdirSync(manifests)
            .map((file) => load(readFileSync(join(manifests, file), "utf8")) as Deployment)
            .filter(({ kind }) => kind === "Deployment");
        assert.ok(found);
        return found;
    }

    it("sets what no argument sets, beside everything that the package sets, and a second run has nothing to do", async () => {
        const run = await record((options) => stack.up(options));
        assert.equal(run.error, undefined, run.error);
        const { spec } = deployment().spec.template;
        assert.equal(spec.terminationGracePeriodSeconds, 45);
        assert.match(spec.containers[0]?.args.join(" ") ?? "", /--kubelet-certificate-authority=/);
        const next = await record((options) => stack.preview(options));
        assert.deepEqual(next.changes, []);
    });

    it("that takes a check away is found by the policy pack, which looks after it", async () => {
        appendFileSync(
            join(folder, "program", "index.ts"),
            `
pulumi.runtime.registerResourceTransform(({ type, props, opts }) => {
    if (type !== "kubernetes:apps/v1:Deployment") return undefined;
    const { spec } = props as { spec: { template: { spec: { containers: { args: string[] }[] } } } };
    const [container] = spec.template.spec.containers;
    container?.args.push("--kubelet-insecure-tls");
    return { props, opts };
});
`,
        );
        const run = await record((options) =>
            stack.preview({ ...options, policyPacks: [POLICY_PACK] }),
        );
        assert.notEqual(run.error, undefined);
        assert.deepEqual(
            run.violations.map(({ policy, name }) => [policy, name]),
            [["kubelet-verified", "metrics-deployment"]],
        );
    });
});
