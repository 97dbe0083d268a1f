import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import * as automation from "@pulumi/pulumi/automation";
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../cluster/harness";
import { copyExample } from "../support/example";
import { engineEnvironment, record, type Run } from "../support/localStack";
import { kubelets, unverified } from "../support/observe";
import { skipIfLacking } from "../support/skip";
import { languageRequirements } from "./support/engine";
import { leftovers } from "./support/leftovers";
import { nodesOf, type ConfiguredNode } from "./support/stack";
import { clusterOrSkip } from "./support/tier";

/** What the engine needs to run an example: its language host, and what that needs. */
const LANGUAGES = { yaml: [], python: ["python3"] };

for (const [language, tools] of Object.entries(LANGUAGES)) {
    describe(`the same in ${language}, with the real engine`, function () {
        let cluster: Cluster;
        let folder: string;
        let stack: automation.Stack;

        before(async function () {
            skipIfLacking(this, languageRequirements(language, tools));
            cluster = await clusterOrSkip(this);
            folder = copyExample(language);
            stack = await stackIn(folder);
            await configure(nodesOf(cluster));
        });

        after(async () => {
            if (!(stack as automation.Stack | undefined)) return;
            await stack.destroy();
            rmSync(folder, { recursive: true, force: true });
        });

        /** What a user does before the first `up`. */
        async function stackIn(workDir: string): Promise<automation.Stack> {
            mkdirSync(join(workDir, "state"));
            const envVars = engineEnvironment(workDir);
            const env = { ...process.env, ...envVars };
            execFileSync("pulumi", ["install"], { cwd: workDir, env, stdio: "pipe" });
            return automation.LocalWorkspace.createStack(
                { stackName: language, workDir },
                { envVars },
            );
        }

        async function configure(nodes: Record<string, ConfiguredNode>): Promise<void> {
            await stack.setAllConfig({
                "kubernetes:kubeconfig": { value: readFileSync(cluster.kubeconfig, "utf8") },
                sshUser: { value: cluster.sshUser },
                sshPrivateKey: { value: readFileSync(cluster.sshKeyPath, "utf8"), secret: true },
                onRemove: { value: "revert" },
            });
            await stack.removeConfig("nodes");
            for (const [name, { host, hostKey, role }] of Object.entries(nodes)) {
                for (const [key, value] of Object.entries({ host, hostKey, role })) {
                    if (value !== undefined) {
                        await stack.setConfig(`nodes["${name}"].${key}`, { value }, true);
                    }
                }
            }
        }

        function up(): Promise<Run> {
            return record((options) => stack.up(options));
        }

        it("refuses wrong arguments with the sentences that a TypeScript user reads, all at once, and no stack trace", async () => {
            const nodes = nodesOf(cluster);
            const [cp1, w1] = [nodes["cp1"], nodes["w1"]];
            assert.ok(cp1 && w1);
            const wrong = { ...nodes, w1: { ...w1, hostKey: "" }, "W 2": { ...cp1 } };
            await configure(wrong);
            const processes = await kubelets(cluster);
            const run = await up();
            const said = run.output + (run.error ?? "");
            assert.match(said, /SecureMetricsServer "metrics": \d+ problems in its arguments:/);
            assert.match(said, /nodes\.w1\.hostKey/);
            assert.match(said, /W 2/);
            assert.doesNotMatch(said, /^\s+at .*\.js:\d+/m);
            assert.deepEqual(await kubelets(cluster), processes);
            await configure(nodes);
        });

        it("makes `kubectl top` work, with every kubelet verified", async () => {
            const run = await up();
            assert.equal(run.error, undefined, run.error);
            assert.deepEqual(await unverified(cluster), []);
            const top = await cluster.kubectl(["top", "nodes", "--no-headers"]);
            for (const { name } of cluster.nodes) {
                assert.match(top, new RegExp(`^${name} +\\d+m`, "m"));
            }
        });

        it("shows nothing in a second preview, and nothing of the key anywhere", async () => {
            const processes = await kubelets(cluster);
            const preview = await record((options) => stack.preview({ ...options, diff: true }));
            assert.deepEqual([preview.changes, preview.error], [[], undefined]);
            assert.deepEqual(await kubelets(cluster), processes);
            const project = `secure-metrics-server-${language}`;
            const file = join(folder, "state/.pulumi/stacks", project, `${language}.json`);
            const state = readFileSync(file, "utf8");
            const key = readFileSync(cluster.sshKeyPath, "utf8").split("\n")[2] ?? "-";
            assert.ok(![preview.output, state].some((text) => text.includes(key)));
        });

        it("leaves nothing over after `destroy`", async () => {
            const run = await record((options) => stack.destroy(options));
            assert.equal(run.error, undefined, run.error);
            assert.deepEqual(await leftovers(cluster), []);
        });
    });
}
