import assert from "node:assert/strict";
import type { Cluster } from "../cluster/harness";
import { BUDGETS, found, notYet, until } from "../cluster/harness/budgets";
import { certificate, otherCa, type Pair } from "../scripts/support/certificates";
import { handshake, kubelets } from "../support/observe";
import { loseSetting } from "./support/faults";
import { TestStack, type Run } from "./support/stack";
import { backToStock, clusterOrSkip } from "./support/tier";

const CONFIG = "/var/lib/kubelet/config.yaml";
const CURRENT = "/var/lib/kubelet/pki/kubelet-server-current.pem";
const OTHER = "/var/lib/kubelet/pki/kubelet-server-2026-01-01-00-00-00.pem";
const TIMER = "secure-metrics-server-csr-approval.timer";

const SERVICE = "secure-metrics-server-csr-approval.service";

describe("drift of nodes in previews, with the real engine", function () {
    let cluster: Cluster;
    let stack: TestStack;

    before(async function () {
        cluster = await clusterOrSkip(this);
        stack = await TestStack.create(cluster, "drift", {
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

    function updates(run: Run): string[] {
        return run.changes.map(({ op, name, diffs }) => `${op} ${name} ${diffs.join(",")}`);
    }

    /** Gives a kubelet another certificate, valid for the days given from now, and restarts it. */
    async function serveOther(
        node: string,
        issuer: Pair,
        days: { from: number; until: number },
    ): Promise<void> {
        const ip = cluster.nodes.find(({ name }) => name === node)?.ip ?? "";
        const subject = `/O=system:nodes/CN=system:node:${node}`;
        const names = `DNS:${node},IP:${ip}`;
        const pair = certificate({ subject, names, issuer, ...days });
        await cluster.exec(
            node,
            // A link, as the kubelet makes it: it does not replace a file.
            [
                "sh",
                "-ec",
                `(umask 077; cat >${OTHER}); ln -sfn ${OTHER} ${CURRENT}; systemctl restart kubelet`,
            ],
            { input: pair.certificate + pair.key },
        );
        await until(`${node} to serve it`, BUDGETS.recovery, async () => {
            const served = await handshake(ip, 10250, issuer.certificate);
            return served.ok ? found(undefined) : notYet(served.error ?? "nothing");
        });
    }

    /** The cluster's CA. */
    async function ownCa(): Promise<Pair> {
        const read = async (file: string): Promise<string> =>
            (await cluster.exec("cp1", ["cat", `/etc/kubernetes/pki/${file}`])).stdout;
        return { certificate: await read("ca.crt"), key: await read("ca.key") };
    }

    it("shows nothing while nothing drifted", async () => {
        assert.deepEqual((await stack.preview()).changes, []);
    });

    it("shows exactly the node that drifted, with the cause in words, and nothing once it is repaired", async () => {
        await loseSetting(cluster, "w2");
        const processes = await kubelets(cluster);
        const preview = await stack.preview({ diff: true });
        assert.deepEqual(updates(preview), ["update metrics-kubelets-node-w2 update"]);
        assert.match(preview.output, /--repair serverTLSBootstrap:absent@[0-9a-f]+/);
        assert.doesNotMatch(preview.output, /PRIVATE KEY/);
        assert.deepEqual(await kubelets(cluster), processes, "a preview restarted something");
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual(updates(run), ["update metrics-kubelets-node-w2 update"]);
        const after = await kubelets(cluster);
        assert.notEqual(after["w2"]?.pid, processes["w2"]?.pid);
        assert.deepEqual([after["w1"], after["cp1"]], [processes["w1"], processes["cp1"]]);
        assert.deepEqual((await stack.preview()).changes, []);
    });

    it("shows the same drift a second time", async () => {
        await loseSetting(cluster, "w2");
        assert.deepEqual(updates(await stack.preview()), [
            "update metrics-kubelets-node-w2 update",
        ]);
        assert.equal((await stack.up()).error, undefined);
        assert.deepEqual((await stack.preview()).changes, []);
    });

    it("shows kubeadm's ConfigMap out of step, and the approval timer missing", async () => {
        const text = await cluster.kubectl([
            "get",
            "cm",
            "-n",
            "kube-system",
            "kubelet-config",
            "-o",
            "jsonpath={.data.kubelet}",
        ]);
        const kubelet = text.replace(/^serverTLSBootstrap:.*\n?/m, "");
        await cluster.kubectl([
            "patch",
            "cm",
            "-n",
            "kube-system",
            "kubelet-config",
            "--type=merge",
            "-p",
            JSON.stringify({ data: { kubelet } }),
        ]);
        await cluster.exec("cp1", ["systemctl", "stop", TIMER]);
        const preview = await stack.preview({ diff: true });
        assert.deepEqual(updates(preview).sort(), [
            "update metrics-kubelets-csr-approval-cp1 update",
            "update metrics-kubelets-kubelet-config update",
        ]);
        const processes = await kubelets(cluster);
        assert.equal((await stack.up()).error, undefined);
        assert.deepEqual((await stack.preview()).changes, []);
        assert.deepEqual(await kubelets(cluster), processes);
    });

    it("shows a script that a later destroy needs and that is gone, and puts it back", async () => {
        const scripts = "/var/lib/secure-metrics-server/scripts";
        const look = ["sh", "-c", `ls ${scripts}`];
        const before = (await cluster.exec("w1", look)).stdout;
        assert.match(before, /^kubelet-[0-9a-f]{64}\n$/);
        await cluster.exec("w1", ["sh", "-ec", `rm ${scripts}/*`]);
        const preview = await stack.preview({ diff: true });
        assert.deepEqual(updates(preview), ["update metrics-kubelets-node-w1 update"]);
        assert.match(preview.output, /--repair script-missing@[0-9a-f]+/);
        const processes = await kubelets(cluster);
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        assert.equal((await cluster.exec("w1", look)).stdout, before);
        assert.deepEqual(await kubelets(cluster), processes);
        assert.deepEqual((await stack.preview()).changes, []);
    });

    it("shows an approver that fails, because its rights are gone, and gives them back", async () => {
        const rights = "clusterrolebinding/secure-metrics-server-approver-cp1";
        await cluster.kubectl(["delete", rights]);
        // One pass, as the timer starts it when nothing is expected.
        const pass = `systemctl stop ${SERVICE}; rm -f /run/secure-metrics-server/expect; systemctl start ${SERVICE}`;
        await until("the approver to fail", BUDGETS.recovery, async () => {
            const { code } = await cluster.exec("cp1", ["sh", "-c", pass], { allowFailure: true });
            return code === 0 ? notYet("it works without its rights") : found(undefined);
        });
        const preview = await stack.preview({ diff: true });
        assert.deepEqual(updates(preview), ["update metrics-kubelets-csr-approval-cp1 update"]);
        assert.match(preview.output, /--repair approver-failing@[0-9a-f]+/);
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        assert.match(await cluster.kubectl(["get", rights, "-o", "name"]), /approver-cp1/);
        assert.deepEqual((await stack.preview()).changes, []);
    });

    it("shows a certificate that metrics-server will not accept, refuses to go on, and names what to do", async () => {
        await serveOther("w1", otherCa(), { from: -1, until: 300 });
        const preview = await stack.preview({ diff: true });
        assert.deepEqual(updates(preview), ["update metrics-kubelets-node-w1 update"]);
        assert.match(preview.output, /--repair certificate-unknown-ca@[0-9a-f]+/);
        const run = await stack.up();
        assert.match(
            run.output + (run.error ?? ""),
            /w1: error: the served certificate .*, which the kubelet does not know either; expected .*next: .*remove \/var\/lib\/kubelet\/pki\/kubelet-server-current\.pem/,
        );
        await cluster.exec("w1", ["sh", "-ec", `rm ${CURRENT}; systemctl restart kubelet`]);
        assert.equal((await stack.up()).error, undefined);
        assert.deepEqual((await stack.preview()).changes, []);
    });

    it("shows a certificate that is about to expire while nobody approves the next one, and repairs both", async () => {
        // A pass that is under way would still approve.
        await cluster.exec("cp1", ["systemctl", "stop", TIMER, SERVICE]);
        await serveOther("w1", await ownCa(), { from: -300, until: 1 });
        const preview = await stack.preview({ diff: true });
        assert.deepEqual(updates(preview).sort(), [
            "update metrics-kubelets-csr-approval-cp1 update",
            "update metrics-kubelets-node-w1 update",
        ]);
        assert.match(preview.output, /--repair certificate-expiring@[0-9a-f]+/);
        const processes = await kubelets(cluster);
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual(await kubelets(cluster), processes, "a renewal restarts nothing");
        assert.deepEqual((await stack.preview()).changes, []);
    });

    it("keeps the setting through `kubeadm upgrade node phase kubelet-config`", async () => {
        await cluster.exec("w1", ["kubeadm", "upgrade", "node", "phase", "kubelet-config"]);
        const { stdout } = await cluster.exec("w1", ["cat", CONFIG]);
        assert.match(stdout, /^serverTLSBootstrap: true$/m);
        assert.deepEqual((await stack.preview()).changes, []);
    });

    it("warns about a node that cannot be reached, names it, and shows no diff", async () => {
        await cluster.exec("w1", ["systemctl", "stop", "ssh"]);
        try {
            const preview = await stack.preview();
            assert.deepEqual(preview.changes, []);
            assert.match(preview.output, /warning: node w1: .*its drift is not known/);
        } finally {
            await cluster.exec("w1", ["systemctl", "start", "ssh"]);
        }
    });
});
