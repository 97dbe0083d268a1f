import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";
import type { Cluster } from "../cluster/harness";
import {
    clusterCa,
    handshake,
    kubelets,
    servingRequests,
    type KubeletProcess,
} from "../support/observe";
import { REPOSITORY } from "../support/localStack";
import { skipIfLacking } from "../support/skip";
import { historyRequirements, packageOf, usePackage } from "./support/earlierPackage";
import { leftovers } from "./support/leftovers";
import { TestStack, type Change, type Run } from "./support/stack";
import { clusterOrSkip } from "./support/tier";

/** The last commit of 0.1.0. */
const RELEASE_0_1_0 = "1d998d5";

/** Everything that an upgrade must leave as it is. */
interface Untouched {
    processes: Record<string, KubeletProcess>;
    requests: string[];
    fingerprints: (string | undefined)[];
    secrets: string;
}

/** The inputs of a command on a node that may differ from those of 0.1.0: none of them replaces it. */
const CHANGED_INPUTS = ["create", "delete", "logging", "stdin", "update"];

describe("a stack of 0.1.0 on a real cluster", function () {
    let cluster: Cluster;
    let stack: TestStack;
    let earlier: string;
    let made: Untouched;
    let upgrade: Run;

    before(async function () {
        skipIfLacking(this, historyRequirements(RELEASE_0_1_0));
        cluster = await clusterOrSkip(this);
        earlier = packageOf(RELEASE_0_1_0);
        stack = await TestStack.create(cluster, "upgrade", { onRemove: "revert" });
        usePackage(join(stack.folder, "program"), earlier);
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        made = await untouched();
        usePackage(join(stack.folder, "program"), REPOSITORY);
        upgrade = await stack.up();
    });

    after(async () => {
        if ((stack as TestStack | undefined) !== undefined) await stack.clean();
        if ((earlier as string | undefined) !== undefined) rmSync(earlier, { recursive: true });
    });

    async function untouched(): Promise<Untouched> {
        const ca = await clusterCa(cluster);
        const served = await Promise.all(cluster.nodes.map(({ ip }) => handshake(ip, 10250, ca)));
        assert.ok(served.every(({ ok }) => ok));
        return {
            processes: await kubelets(cluster),
            requests: await servingRequests(cluster),
            fingerprints: served.map(({ fingerprint }) => fingerprint),
            secrets: await cluster.kubectl(
                "get secrets -n kube-system -l k8s-app=metrics-server -o name".split(" "),
            ),
        };
    }

    it("comes over with one `up`", () => {
        assert.equal(upgrade.error, undefined, upgrade.error);
    });

    it("restarts no kubelet, makes no request and replaces no certificate", async () => {
        assert.deepEqual(await untouched(), made);
    });

    it("changes how each command is run and who prints its output, metrics-server's probe and an annotation of its Service, and nothing else", () => {
        const changes = upgrade.changes.filter(({ type }) => !type.startsWith("pulumi:"));
        const isCommand = ({ type }: Change): boolean => type === "command:remote:Command";
        for (const { op, name, diffs } of changes.filter(isCommand)) {
            assert.equal(op, "update", name);
            assert.deepEqual(
                diffs.filter((input) => !CHANGED_INPUTS.includes(input)),
                [],
                name,
            );
        }
        assert.deepEqual(
            changes
                .filter((change) => !isCommand(change))
                .map(({ op, name }) => `${op} ${name}`)
                .sort(),
            ["update metrics-metrics-server-deployment", "update metrics-metrics-server-service"],
        );
    });

    it("leaves nothing of 0.1.0 where 0.2 keeps it elsewhere", async () => {
        const look = "ls -d /usr/local/lib/secure-metrics-server 2>/dev/null || true";
        assert.equal((await cluster.exec("cp1", ["sh", "-c", look])).stdout, "");
    });

    it("has nothing to do in the next run", async () => {
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual(run.changes, []);
    });

    it("goes without a trace, the kubelets' configuration byte for byte as it was", async () => {
        const run = await stack.destroy();
        assert.equal(run.error, undefined, run.error);
        for (const { name } of cluster.nodes) {
            const { stdout } = await cluster.exec(name, [
                "sh",
                "-c",
                "grep -c serverTLSBootstrap /var/lib/kubelet/config.yaml; true",
            ]);
            assert.equal(stdout, "0\n", name);
        }
        assert.deepEqual(await leftovers(cluster), []);
    });
});
