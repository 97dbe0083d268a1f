import assert from "node:assert/strict";
import type { Cluster } from "../cluster/harness";
import { unverified } from "../support/observe";
import * as disasters from "../e2e/support/disasters";
import type { Disaster } from "../e2e/support/disasters";
import { configOf, untilHealthy } from "../e2e/support/faults";
import { leftovers } from "../e2e/support/leftovers";
import { duringRun, type Moment, type Verb } from "../e2e/support/moments";
import { TestStack } from "../e2e/support/stack";
import { backToStock, clusterOrSkip } from "../e2e/support/tier";

/** Every step of a run, in its order. The control plane is cp1. */
const STEPS: Record<Verb, Moment[]> = {
    up: [
        { step: "metrics-preflight", node: "cp1", at: "start" },
        { step: "metrics-preflight", node: "cp1", at: "lying" },
        { step: "metrics-kubelets-csr-approval-cp1", node: "cp1", at: "upload" },
        { step: "metrics-kubelets-csr-approval-cp1", node: "cp1", at: "lock" },
        { step: "metrics-kubelets-kubelet-config", node: "cp1", at: "lock" },
        { step: "metrics-kubelets-node-w1", node: "w1", at: "upload" },
        { step: "metrics-kubelets-node-w1", node: "w1", at: "lying" },
        { step: "metrics-kubelets-node-w1", node: "w1", at: "lock" },
        { step: "metrics-kubelets-node-w2", node: "w2", at: "restart" },
        { step: "metrics-kubelets-node-cp1", node: "cp1", at: "restart" },
        { step: "metrics-kubelets-verification", node: "cp1", at: "start" },
        { step: "metrics-metrics-server-deployment", node: "cp1", at: "start" },
        { step: "metrics-metrics-server-api-service", node: "cp1", at: "start" },
        { step: "metrics-metrics", node: "cp1", at: "start" },
    ],
    destroy: [
        { step: "metrics-metrics-server-api-service", node: "cp1", at: "start" },
        { step: "metrics-metrics-server-deployment", node: "cp1", at: "start" },
        { step: "metrics-kubelets-node-cp1", node: "cp1", at: "lock" },
        { step: "metrics-kubelets-node-w2", node: "w2", at: "restart" },
        { step: "metrics-kubelets-node-w1", node: "w1", at: "lock" },
        { step: "metrics-kubelets-kubelet-config", node: "cp1", at: "lock" },
        { step: "metrics-kubelets-csr-approval-cp1", node: "cp1", at: "lock" },
    ],
};

/** While somebody is logged in to a node. */
const connected = ({ at }: Moment): boolean => ["upload", "lock", "restart"].includes(at);
const onNodes = (moment: Moment): boolean => connected(moment) || moment.at === "lying";
/** While the script comes, and the run waits for it. */
const uploads = ({ at }: Moment): boolean => at === "upload";
/** What is kept for a later delete survives a boot, and the run goes on with it; what is there for one check is gone. */
const survives = ({ step, at }: Moment): boolean => at === "lying" && !step.endsWith("-preflight");
/** Where something is written; what only deletes needs no room. */
const writes = ({ step, at }: Moment, verb: Verb): boolean =>
    at === "upload" || (at === "lock" && (verb === "up" || step.includes("-node-")));
/** On the way back a node's script touches that node alone; the first of them is struck all the same, and has to get through. */
const needsApiServer = ({ step, at }: Moment, verb: Verb): boolean =>
    // Nor does an upload: its script is struck at its lock.
    at !== "upload" && at !== "lying" && (verb === "up" || !/-node-w|-csr-approval-/.test(step));

/** What goes wrong, and at which steps it can. */
const MATRIX: {
    what: string;
    disaster: Disaster;
    where: (moment: Moment, verb: Verb) => boolean;
    /** What the run has to say then. */
    says?: RegExp;
    /** The engine is killed, too. */
    kills?: true;
}[] = [
    {
        what: "the engine is killed",
        disaster: disasters.engineKilled,
        where: () => true,
        kills: true,
    },
    { what: "the connection is cut", disaster: disasters.connectionCut, where: connected },
    { what: "sshd is stopped", disaster: disasters.sshdStopped, where: onNodes },
    { what: "sshd freezes", disaster: disasters.sshdFrozen, where: onNodes, kills: true },
    {
        what: "sshd falls silent and nobody gives up",
        disaster: disasters.sshdSilent,
        where: uploads,
        says: /no answer from the receiver of scripts within 60 s/,
    },
    {
        what: "the API server is stopped",
        disaster: disasters.apiServerStopped,
        where: needsApiServer,
    },
    {
        what: "the node's power is cut",
        disaster: disasters.powerCut,
        where: (moment) => onNodes(moment) && !survives(moment),
    },
    { what: "the disk is full", disaster: disasters.diskFull, where: writes },
];

/** A kubelet is well again this many seconds after a script was left alone with it: restart, health check, roll-back. */
const RECOVERY_SECONDS = 120;

const namesOf = (cluster: Cluster): string[] => cluster.nodes.map(({ name }) => name);

for (const { what, disaster, where, says, kills = false } of MATRIX) {
    describe(`${what}, at every step, with the real engine`, function () {
        let cluster: Cluster;
        let stack: TestStack;
        /** Whether an engine was killed since the last run that came to its end. */
        let killed = false;
        const stock: Record<string, string> = {};

        before(async function () {
            cluster = await clusterOrSkip(this);
            for (const { name } of cluster.nodes) {
                stock[name] = await configOf(cluster, name);
            }
            stack = await TestStack.create(cluster, "disasters", {
                onRemove: "revert",
                csrApproval: { timeoutSeconds: 90 },
            });
        });

        after(async () => {
            if (!(stack as TestStack | undefined)) return;
            // After a failure only: what comes next must not suffer from it.
            if (await stack.isEmpty().catch(() => false)) stack.remove();
            else await backToStock(cluster, stack);
        });

        /** Does what runs the engine, with the administrator's setting after one was killed. */
        function told(act: () => Promise<void>): Promise<void> {
            return killed ? stack.withEnvironment(disasters.TAKE_OVER, act) : act();
        }

        for (const verb of ["up", "destroy"] as const) {
            for (const moment of STEPS[verb].filter((each) => where(each, verb))) {
                it(`${verb}: every kubelet works on after it at ${moment.step} (${moment.at})`, () =>
                    told(() => interrupted(verb, moment)));
            }

            it(`${verb}: the next one converges`, () => told(() => converges(verb)));
        }

        async function interrupted(verb: Verb, moment: Moment): Promise<void> {
            const place = { cluster, stack, node: moment.node };
            const running = duringRun(cluster, stack, verb, moment, () => disaster.strike(place));
            const gaveUp = await disasters.giveUpOn(running, place);
            const run = await running;
            assert.notEqual(run.error, undefined, "nothing was interrupted");
            if (says !== undefined) assert.match(run.error ?? "", says);
            assert.ok(
                run.changes.some(({ name }) => name === moment.step),
                run.error,
            );
            await untilHealthy(cluster, namesOf(cluster), RECOVERY_SECONDS);
            await disaster.mend(place);
            if (gaveUp) await disasters.engineKilled.mend(place);
            killed ||= gaveUp || kills;
        }

        async function converges(verb: Verb): Promise<void> {
            const run = verb === "up" ? await stack.up() : await stack.destroy();
            assert.equal(run.error, undefined, run.error);
            await (verb === "up" ? allIsWell() : nothingIsLeft());
            killed = false;
        }

        async function allIsWell(): Promise<void> {
            assert.deepEqual(await unverified(cluster), []);
            const top = await cluster.kubectl(["top", "nodes"]);
            for (const { name } of cluster.nodes) {
                assert.match(top, new RegExp(`^${name} +\\d+m`, "m"));
            }
            assert.deepEqual((await stack.preview()).changes, []);
        }

        async function nothingIsLeft(): Promise<void> {
            assert.deepEqual(await leftovers(cluster), []);
            for (const { name } of cluster.nodes) {
                assert.equal(await configOf(cluster, name), stock[name], name);
            }
        }
    });
}
