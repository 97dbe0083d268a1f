import assert from "node:assert/strict";
import {
    KUBERNETES,
    type KubernetesMinor,
    requirements,
    up,
    type Cluster,
} from "../cluster/harness";
import { BUDGETS, found, notYet, until } from "../cluster/harness/budgets";
import { engineRequirements } from "../e2e/support/engine";
import { configOf } from "../e2e/support/faults";
import { leftovers } from "../e2e/support/leftovers";
import { nodesOf, TestStack } from "../e2e/support/stack";
import {
    kubelets,
    servedCertificate,
    servingRequests,
    unverified,
    verifiedByApiServer,
} from "../support/observe";
import { skipIfLacking } from "../support/skip";
import { describeCluster } from "./facts";
import { configMapText, runningSetting, signConfigMap } from "./kubeadmConfigMap";
import { attack, decided } from "./world";

/** From one version to the next and on; another way is given as `KUBEADM_UPGRADE=1.34,1.35,1.36,1.37`. */
const [FIRST = "1.36", ...NEXT] = (process.env["KUBEADM_UPGRADE"] ?? "1.36,1.37").split(
    ",",
) as KubernetesMinor[];

const SETTING = /^serverTLSBootstrap: true$/m;

describe(`kubeadm upgrade from ${[FIRST, ...NEXT].join(" to ")}, with the package installed`, function () {
    let cluster: Cluster;
    let stack: TestStack;

    before(async function () {
        const lacks = [FIRST, ...NEXT].flatMap((kubernetes) => requirements({ kubernetes }));
        skipIfLacking(this, [...engineRequirements(), ...new Set(lacks)]);
        cluster = await up({ kubernetes: FIRST, workers: 1, replace: true });
        await signConfigMap(cluster);
        // Two pods on the only worker, with a disruption budget, would keep it from being drained.
        const metricsServer = { replicas: 1 };
        const settings = { onRemove: "revert", driftDetection: true, metricsServer };
        stack = await TestStack.create(cluster, "kubeadm-upgrade", settings);
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
    });

    after(async () => {
        if (!(stack as TestStack | undefined)) return;
        await stack.clean();
    });

    /** Every node's figures. Pods that were drained need two scrapes before they answer. */
    async function untilTop(): Promise<void> {
        const names = cluster.nodes.map(({ nodeName }) => nodeName);
        await until("figures of every node", BUDGETS.workload, async () => {
            const figures = await cluster.kubectl(["top", "nodes", "--no-headers"]);
            const missing = names.filter(
                (name) => !new RegExp(`^${name} +\\d+m`, "m").test(figures),
            );
            return missing.length === 0 ? found(figures) : notYet(figures);
        });
    }

    async function strictOnEveryLeg(): Promise<void> {
        await untilTop();
        assert.deepEqual(await unverified(cluster), []);
        const { caBundle, serviceName } = await stack.outputs();
        const said = await verifiedByApiServer(cluster, String(caBundle), String(serviceName));
        assert.match(said, /Verification: OK/);
        const objects = await cluster.kubectl(["get", "apiservice,deploy", "-A", "-o", "yaml"]);
        assert.doesNotMatch(objects, /insecure-tls|insecureSkipTLSVerify/);
    }

    async function certificates(): Promise<(string | undefined)[]> {
        return Promise.all(cluster.nodes.map(({ name }) => servedCertificate(cluster, name)));
    }

    it(`begins on ${FIRST} with figures of every node and strict TLS on every leg`, async () => {
        const { Kubernetes } = await describeCluster(cluster);
        assert.equal(Kubernetes, `v${KUBERNETES[FIRST].version}`);
        await strictOnEveryLeg();
    });

    for (const to of NEXT) {
        describe(`to ${to}`, () => {
            let requests: string[];
            let served: (string | undefined)[];

            before(async () => {
                requests = await servingRequests(cluster);
                served = await certificates();
                await cluster.upgrade(to);
            });

            it("ends with the new version on every node", async () => {
                const { Kubernetes } = await describeCluster(cluster);
                assert.equal(Kubernetes, `v${KUBERNETES[to].version}`);
            });

            it("keeps the setting: in kubelet-config, in every node's file and in every kubelet", async () => {
                assert.match(await configMapText(cluster), SETTING);
                for (const { name, nodeName } of cluster.nodes) {
                    assert.match(await configOf(cluster, name), SETTING, name);
                    assert.equal(await runningSetting(cluster, nodeName), true, name);
                }
            });

            it("leaves every kubelet its certificate: none asks for another", async () => {
                assert.deepEqual(await certificates(), served);
                assert.deepEqual(await servingRequests(cluster), requests);
            });

            it("has figures of every node again, with strict TLS on every leg", strictOnEveryLeg);

            it("shows an empty preview, and a second `up` that restarts no kubelet", async () => {
                const processes = await kubelets(cluster);
                for (const run of [await stack.preview(), await stack.up()]) {
                    assert.deepEqual([run.changes, run.error], [[], undefined], run.output);
                }
                assert.deepEqual(await kubelets(cluster), processes);
                assert.deepEqual(await servingRequests(cluster), requests);
            });
        });
    }

    // Suites of their own, because mocha runs a suite's own tests before the suites in it.
    describe("afterwards", () => {
        it("gives a worker that joins a certificate that verifies", async () => {
            await cluster.addWorker("w2");
            await stack.setNodes(nodesOf(cluster));
            const run = await stack.up();
            assert.equal(run.error, undefined, run.error);
            await strictOnEveryLeg();
        });

        it("leaves every hostile request pending", async () => {
            const hostile = await attack(cluster);
            assert.ok(hostile.length > 0);
            const run = await stack.up();
            assert.equal(run.error, undefined, run.error);
            assert.deepEqual(await decided(cluster, hostile), []);
        });

        it("leaves nothing over after `destroy` with `onRemove: revert`", async () => {
            const run = await stack.destroy();
            assert.equal(run.error, undefined, run.error);
            assert.deepEqual(await leftovers(cluster), []);
            for (const { name } of cluster.nodes.filter(({ name }) => name !== "w2")) {
                assert.doesNotMatch(await configOf(cluster, name), /serverTLSBootstrap/, name);
            }
            assert.doesNotMatch(await configMapText(cluster), /serverTLSBootstrap/);
        });
    });
});
