import assert from "node:assert/strict";
import { join } from "node:path";
import { handshake } from "../support/observe";
import { nodesOf } from "../e2e/support/stack";
import { kubeadmExample } from "../substitute/kubeadmExample";
import { Substitute } from "../substitute/substitute";
import { skipIfLacking } from "../support/skip";
import { attach, down, requirements, up, type Cluster, type HardWay } from "./harness";
import { approving } from "./support/approving";
import { runToEnd } from "./support/pods";
import { traces } from "./support/traces";

/** The parts of a sentence that a user has to see: what was found, what was expected, what to do. */
const LACKS = {
    kubelet:
        /this host has no kubelet\.service; expected one, .*; next: kubectl get nodes; .* take it out of nodes, .* csrApproval\.mode to external or controller/,
    credential:
        /no \/etc\/kubernetes\/admin\.conf; expected .*; next: .* install -m 0600 ADMIN_KUBECONFIG \/etc\/kubernetes\/admin\.conf/,
    aggregation:
        /the API server \(kube-apiserver\.service\) runs without --requestheader-client-ca-file .*--proxy-client-key-file .*the aggregation layer is off; expected .* as no kube-proxy runs here, --enable-aggregator-routing=true, .*; next: https:\/\/kubernetes\.io\//,
    certificate:
        /\/var\/lib\/kubelet\/kubelet-config\.yaml has tlsCertFile, which overrides serverTLSBootstrap in line \d+ \(the served certificate is for \\?"w1 127\.0\.0\.1\\?", and not for .*10\.77\..*\); expected neither tlsCertFile nor tlsPrivateKeyFile; next: take .* out of \/var\/lib\/kubelet\/kubelet-config\.yaml, then run again/,
};

/** Who issued what the kubelets of each shape serve. */
const ISSUERS: Record<HardWay, RegExp> = { ca: /^CA$/, "self-signed": /^w\d-ca@\d+$/ };

for (const hardWay of ["ca", "self-signed"] as const) {
    describe(`a cluster made the hard way, kubelets with ${hardWay} certificates`, function () {
        this.timeout(0);
        let cluster: Cluster;

        before(async function () {
            skipIfLacking(this, requirements());
            cluster = await up({ workers: 1, hardWay, replace: true });
        });

        after(async () => {
            if ((cluster as Cluster | undefined) !== undefined) {
                await down();
            }
        });

        /** A program with the configuration of examples/kubeadm: for all hosts, unless `settings` has other nodes. */
        function program(folder: string, settings: Record<string, unknown> = {}): Substitute {
            const example = kubeadmExample(cluster, settings);
            return new Substitute(cluster, { ...example, folder: join(__dirname, folder) });
        }

        const PREFLIGHT = "../e2e/programs/preflight";
        const KUBELETS = "programs/kubelets";

        /** Shows that a program is refused with all of these lacks and no other, and that no host has a trace of it. */
        async function refused(
            refusing: Substitute,
            lacks: Record<string, RegExp[]>,
        ): Promise<void> {
            const before = await traces(cluster);
            const said = await refusing.up().then(
                () => "nothing",
                (error: unknown) => (error as Error).message,
            );
            assert.match(said, /not ready; nothing was changed:\n/);
            const lines = said.split("\n").filter((line) => line.startsWith("  - "));
            const hosts = lines.map((line) => /^ {2}- (\w+): /.exec(line)?.[1]);
            assert.deepEqual(hosts, Object.keys(lacks), said);
            for (const [index, expected] of Object.values(lacks).entries()) {
                const found = lines[index]?.split("; also: ") ?? [];
                assert.equal(found.length, expected.length, lines[index]);
                for (const [number, pattern] of expected.entries()) {
                    assert.match(found[number] ?? "", pattern);
                }
            }
            assert.deepEqual(await traces(cluster), before);
        }

        it("has the workers as Nodes, Ready, and no control plane among them", async () => {
            const nodes = await cluster.kubectl(["get", "nodes", "--no-headers"]);
            assert.match(nodes, /^w1 +Ready .*\n$/);
            assert.notEqual(await attach(), undefined);
        });

        it("has nothing of kubeadm's, and a control plane without kubelet, kube-proxy and containers", async () => {
            for (const { name } of cluster.nodes) {
                const places =
                    "/etc/kubernetes/*.conf /etc/kubernetes/manifests /etc/kubernetes/pki /usr/bin/kube*";
                const { stdout } = await cluster.exec(name, ["sh", "-c", `ls -d ${places}; :`]);
                assert.equal(stdout, "", name);
            }
            const running = ["systemctl", "list-units", "--plain", "--no-legend", "kube*", "etcd*"];
            const { stdout } = await cluster.exec("cp1", running);
            const units = stdout.trim().split("\n");
            assert.deepEqual(
                units.map((line) => line.split(/\s+/).slice(0, 4).join(" ")),
                ["etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"].map(
                    (unit) => `${unit}.service loaded active running`,
                ),
            );
            assert.equal(
                (await cluster.exec("cp1", ["systemctl", "--failed", "--no-legend"])).stdout,
                "",
            );
        });

        it("serves the certificates that it is named after", async () => {
            for (const { ip } of cluster.nodes.filter(({ role }) => role === "worker")) {
                assert.match((await handshake(ip, 10250)).issuer ?? "", ISSUERS[hardWay]);
            }
        });

        it("runs a pod, whose words `kubectl logs` gets from the kubelet", async () => {
            assert.match(await runToEnd(cluster, "speaker"), /^Kubernetes v1\./);
        });

        it("is refused by ClusterPreflight, which names each lack and the next step, and changes nothing", async () => {
            await refused(program(PREFLIGHT), {
                cp1: [LACKS.kubelet, LACKS.credential, LACKS.aggregation],
                ...(hardWay === "ca" && { w1: [LACKS.certificate] }),
            });
        });

        it("is refused by KubeletServingCertificates, which does not ask for the aggregation layer", async () => {
            await refused(program(KUBELETS), {
                cp1: [LACKS.kubelet, LACKS.credential],
                ...(hardWay === "ca" && { w1: [LACKS.certificate] }),
            });
        });

        if (hardWay === "self-signed") {
            it("takes a worker in and reboots its hosts", async () => {
                const { ip } = await cluster.addWorker("w2");
                assert.match((await handshake(ip, 10250)).issuer ?? "", /^w2-ca@/);
                await cluster.reboot("cp1");
                await cluster.reboot("w2");
                await cluster.removeNode("w2");
                assert.notEqual(await attach(), undefined);
            });

            it("has verified kubelets when the advice is followed: workers only, and somebody else approves", async () => {
                const ca = await cluster.exec("cp1", ["cat", "/var/lib/kubernetes/ca.crt"]);
                const { w1 } = nodesOf(cluster);
                const settings = {
                    ...{ nodes: { w1 }, csrApproval: { mode: "external" }, onRemove: "revert" },
                };
                const substitute = program(KUBELETS, settings);
                const before = await traces(cluster);
                await approving(cluster, async () => {
                    await substitute.up();
                });
                for (const { ip } of cluster.nodes.filter(({ role }) => role === "worker")) {
                    assert.deepEqual((await handshake(ip, 10250, ca.stdout)).error, undefined);
                }
                assert.match(await runToEnd(cluster, "speaker-again"), /^Kubernetes v1\./);
                await substitute.destroy();
                assert.deepEqual((await traces(cluster))["cp1"], before["cp1"]);
            });
        }

        it("is brought back to its first minute by its snapshot, and takes a worker in", async () => {
            await cluster.exec("w1", ["rm", "-r", "/var/lib/kubelet", "/etc/ssh"], {
                allowFailure: true,
            });
            await cluster.restore();
            assert.notEqual(await attach(), undefined);
            assert.equal((await cluster.ssh("w1", "hostname")).stdout, "w1\n");
            assert.match(await runToEnd(cluster, "speaker"), /^Kubernetes v1\./);
            await cluster.addWorker("w2");
        });
    });
}
