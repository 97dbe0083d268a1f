import assert from "node:assert/strict";
import { base64 } from "../../components/shared/pem";
import type { Cluster } from "../cluster/harness";
import { BUDGETS, found, notYet, until } from "../cluster/harness/budgets";
import { resourceNamed } from "../support/localStack";
import { clusterCa } from "../support/observe";
import { wholeStdin } from "../support/wholeStdin";
import { shell } from "./support/faults";
import { TestStack } from "./support/stack";
import { backToStock, clusterOrSkip } from "./support/tier";

const CONFIG = "/var/lib/kubelet/config.yaml";
const API = "apiservice/v1beta1.metrics.k8s.io";
const FIREWALL = "INPUT -p tcp --dport 10250 -j DROP";

/** A leg that breaks, what the last check says of it, and what mends it if not `pulumi refresh` and `pulumi up`. */
interface Leg {
    what: string;
    break: () => Promise<unknown>;
    says: RegExp;
    mend?: () => Promise<unknown>;
}

describe("what the last check says when a leg breaks, with the real engine", function () {
    let cluster: Cluster;
    let stack: TestStack;

    before(async function () {
        cluster = await clusterOrSkip(this);
        stack = await TestStack.create(cluster, "diagnosis", {
            onRemove: "revert",
            driftDetection: true,
        });
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
    });

    after(async () => {
        if (!(stack as TestStack | undefined)) return;
        await backToStock(cluster, stack);
    });

    const LEGS: Leg[] = [
        {
            what: "a caBundle that is not that of metrics-server's CA",
            break: async () => {
                const caBundle = base64(await clusterCa(cluster));
                await patch(API, { spec: { caBundle } });
            },
            says: /the API server gets no answer from metrics-server: it does not accept metrics-server's certificate.*x509.*next: .*pulumi refresh/,
        },
        {
            what: "no pod of metrics-server",
            break: () => patch("deployment/metrics-server", { spec: { replicas: 0 } }),
            says: /the API server gets no answer from metrics-server: no pod of metrics-server is ready: .*MissingEndpoints.*next: kubectl describe/,
        },
        {
            what: "metrics-server that may not ask who the API server's users are",
            break: () => remove("clusterrolebinding/metrics-server:system:auth-delegator"),
            says: /the API server gets no answer from metrics-server: metrics-server refuses it.*next: kubectl get clusterrolebinding/,
        },
        {
            what: "a firewall in front of a kubelet",
            break: () => shell(cluster, "w1", `iptables -I ${FIREWALL}`),
            says: /no fresh figures of node w1: metrics-server does not reach its kubelet \(firewall\?\).*next: open TCP 10250 of w1/,
            mend: () => shell(cluster, "w1", `iptables -D ${FIREWALL}`),
        },
        {
            what: "a kubelet that serves its self-signed certificate",
            break: () =>
                shell(
                    cluster,
                    "w2",
                    `sed -i /^serverTLSBootstrap:/d ${CONFIG}; systemctl restart kubelet`,
                ),
            says: /no fresh figures of node w2: metrics-server does not accept its kubelet's certificate: .*x509.*next: pulumi up with driftDetection/,
        },
        {
            what: "a kubelet that refuses metrics-server",
            break: async () => {
                await remove("clusterrolebinding/system:metrics-server");
                await shell(cluster, "w1", "systemctl restart kubelet");
            },
            says: /no fresh figures of node w1: its kubelet refuses metrics-server \(RBAC\).*403.*next: kubectl get clusterrolebinding/,
        },
    ];

    for (const leg of LEGS) {
        it(`names ${leg.what}, and the way it names mends it`, async () => {
            await leg.break();
            await until(`the check to say so`, BUDGETS.workload, async () => {
                const { stdout, code } = await lastCheck(5);
                return code !== 0 && leg.says.test(stdout) ? found(undefined) : notYet(stdout);
            });
            if (leg.mend !== undefined) {
                await leg.mend();
            } else {
                assert.equal((await stack.refresh()).error, undefined);
                const run = await stack.up();
                assert.equal(run.error, undefined, run.error);
            }
            const { stdout, code } = await lastCheck(240);
            assert.equal(code, 0, stdout);
        });
    }

    /** Runs the stack's own last check on the control plane, as the engine does, with another time limit. */
    async function lastCheck(seconds: number): Promise<{ stdout: string; code: number }> {
        const { create, stdin } = (await resourceNamed(stack.stack, "metrics-metrics")).inputs;
        assert.ok(typeof create === "string" && typeof stdin === "string");
        return cluster.ssh("cp1", create, {
            input: `METRICS_TIMEOUT=${seconds}\n${wholeStdin(stdin)}`,
            allowFailure: true,
        });
    }

    function patch(object: string, change: object): Promise<string> {
        const merge = ["--type=merge", "-p", JSON.stringify(change)];
        return cluster.kubectl(["patch", "-n", "kube-system", object, ...merge]);
    }

    function remove(object: string): Promise<string> {
        return cluster.kubectl(["delete", "-n", "kube-system", object]);
    }
});
