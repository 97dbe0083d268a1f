import assert from "node:assert/strict";
import type { Cluster } from "../cluster/harness";
import { BUDGETS, found, notYet, until } from "../cluster/harness/budgets";
import { clusterCa, handshake } from "../support/observe";
import type { More } from "./promises";

const CURRENT = "/var/lib/kubelet/pki/kubelet-server-*.pem";
const APPROVER = "/var/lib/secure-metrics-server/approver/kubeconfig";

/** What production clusters are made for: one control plane is gone, and certificates are renewed all the same. */
export const threeControlPlanes: More = (place) => {
    const others = ["cp1", "cp3"];

    it("gives the approver of each control plane a credential of its own that works there", async () => {
        const { cluster } = place();
        const users = await Promise.all(
            ["cp1", "cp2", "cp3"].map(async (name) => {
                const command = ["kubectl", `--kubeconfig=${APPROVER}`, "auth", "whoami"];
                const words = [...command, "-o", "jsonpath={.status.userInfo.username}"];
                return (await cluster.exec(name, words)).stdout;
            }),
        );
        assert.equal(new Set(users).size, 3, users.join(", "));
    });

    describe("with one of three control planes stopped", () => {
        before(async () => {
            await place().cluster.powerOff("cp2");
        });

        after(async () => {
            await place().cluster.powerOn("cp2");
        });

        it("goes on answering `kubectl top`", async () => {
            const { cluster } = place();
            await until("figures of a worker", BUDGETS.workload, async () => {
                const figures = await cluster.kubectl(["top", "nodes", "--no-headers"]);
                return /^w1 +\d+m/m.test(figures) ? found(figures) : notYet(figures);
            });
        });

        it("goes on approving: a worker that asks for a certificate gets one", async () => {
            const { cluster } = place();
            const old = await fingerprint(cluster, "w1");
            const line = `rm -f ${CURRENT}; systemctl restart kubelet`;
            await cluster.exec("w1", ["sh", "-c", line]);
            await until("another certificate on w1", BUDGETS.workload, async () => {
                const now = await fingerprint(cluster, "w1");
                return now === undefined || now === old ? notYet(String(now)) : found(now);
            });
        });

        it("keeps every other control plane's own way to the API", async () => {
            const { cluster } = place();
            for (const name of others) {
                const kubectl = ["kubectl", `--kubeconfig=${APPROVER}`, "--request-timeout=20s"];
                const { stdout } = await cluster.exec(name, [
                    ...kubectl,
                    "get",
                    "csr",
                    "-o",
                    "name",
                ]);
                assert.match(stdout, /certificatesigningrequest/, name);
            }
        });

        it("names the stopped control plane in a run, and changes no other node", async () => {
            const { stack } = place();
            const run = await stack.up();
            assert.match(run.error ?? "", /cp2/);
            const touched = run.changes.filter(({ name }) => /-node-(cp1|cp3|w1)$/.test(name));
            assert.deepEqual(touched, []);
        });
    });

    it("is whole again once the control plane is back", async () => {
        const { stack } = place();
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual((await stack.preview()).changes, []);
    });
};

async function fingerprint(cluster: Cluster, name: string): Promise<string | undefined> {
    const node = cluster.nodes.find((each) => each.name === name);
    return (await handshake(node?.ip ?? "", 10250, await clusterCa(cluster))).fingerprint;
}
