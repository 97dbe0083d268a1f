import assert from "node:assert/strict";
import { BUDGETS, found, notYet, until } from "../cluster/harness/budgets";
import { askAnew } from "../e2e/support/faults";
import { servedCertificate } from "../support/observe";
import type { More } from "./promises";

const APPROVER = "/var/lib/secure-metrics-server/approver/kubeconfig";

/** What production clusters are made for: one control plane is gone, and certificates are renewed all the same. */
export const threeControlPlanes: More = (place) => {
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

    // Not a suite of its own: mocha would run it after `destroy`.
    it("answers `kubectl top` when one of three control planes is stopped", async () => {
        const { cluster } = place();
        await cluster.powerOff("cp2");
        await until("figures of a worker", BUDGETS.workload, async () => {
            const figures = await cluster.kubectl(["top", "nodes", "--no-headers"]);
            return /^w1 +\d+m/m.test(figures) ? found(figures) : notYet(figures);
        });
    });

    it("goes on approving then: a worker that asks for a certificate gets one", async () => {
        const { cluster } = place();
        const old = await servedCertificate(cluster, "w1");
        await askAnew(cluster, "w1");
        await until("another certificate on w1", BUDGETS.workload, async () => {
            const now = await servedCertificate(cluster, "w1");
            return now === undefined || now === old ? notYet(String(now)) : found(now);
        });
    });

    it("leaves the approver of every other control plane its way to the API", async () => {
        const { cluster } = place();
        for (const name of ["cp1", "cp3"]) {
            const kubectl = ["kubectl", `--kubeconfig=${APPROVER}`, "--request-timeout=20s"];
            const { stdout } = await cluster.exec(name, [...kubectl, "get", "csr", "-o", "name"]);
            assert.match(stdout, /certificatesigningrequest/, name);
        }
    });

    it("names the stopped control plane in a preview, and shows no change", async () => {
        const run = await place().stack.preview();
        assert.match(run.output, /cp2/);
        assert.deepEqual(run.changes, []);
    });

    it("is whole again once the control plane is back", async () => {
        const { cluster, stack } = place();
        await cluster.powerOn("cp2");
        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);
        assert.deepEqual((await stack.preview()).changes, []);
    });
};
