import assert from "node:assert/strict";
import {
    ClusterPreflight,
    CsrApprovalMode,
    SecureMetricsServer,
    type ClusterPreflightArgs,
} from "../../index";
import { RELEASES } from "../../components/metrics-server/releases";
import { preflightResult } from "../../components/cluster-preflight/preflightResult";
import { NODES, SSH } from "./support/fixtures";
import { header, named, text } from "./support/find";
import { record, valueOf, type Run } from "./support/mocks";

const FOUND = 'cp1: warning: …\n{"kubernetes":"v1.34.3","nodes":3}\n';

function look(args: Partial<ClusterPreflightArgs> = {}): Promise<Run<ClusterPreflight>> {
    return record(() => new ClusterPreflight("c", { nodes: NODES, ssh: SSH, ...args }), {
        states: { "c-preflight": { stdout: FOUND, stderr: "" } },
    });
}

describe("ClusterPreflight", () => {
    it("registers one command that only reads and has nothing to take back", async () => {
        const { resources } = await look();
        assert.deepEqual(
            resources.map(({ name, parent }) => `${name} < ${parent ?? ""}`),
            ["c < ", "c-preflight < c"],
        );
        const command = named(resources, "c-preflight");
        assert.equal(command.inputs["delete"], undefined);
        assert.match(text(command, "create"), / sh -s -- preflight \);/);
        assert.equal(text(command, "create"), text(command, "create"));
    });

    it("says which Kubernetes was found, and how many nodes were looked at", async () => {
        const { result, resources } = await look();
        assert.equal(await valueOf(result.kubernetesVersion), "v1.34.3");
        assert.equal(await valueOf(result.nodeCount), 3);
        assert.deepEqual(named(resources, "c").outputs, {
            kubernetesVersion: "v1.34.3",
            nodeCount: 3,
        });
    });

    it("looks with the same command as SecureMetricsServer, so that both find the same", async () => {
        for (const mode of Object.values(CsrApprovalMode)) {
            const csrApproval = { mode };
            const only = await look({ csrApproval, kubernetesVersion: "1.33", hostNetwork: true });
            const metricsServer = { kubernetesVersion: "1.33", hostNetwork: true };
            const { resources } = await record(
                () =>
                    new SecureMetricsServer("c", {
                        nodes: NODES,
                        ssh: SSH,
                        csrApproval,
                        metricsServer,
                    }),
            );
            assert.deepEqual(
                named(only.resources, "c-preflight").inputs,
                named(resources, "c-preflight").inputs,
            );
        }
    });

    it("asks for the release that the cluster's version gets", async () => {
        for (const { version, oldestMinor } of RELEASES) {
            const { resources } = await look({ kubernetesVersion: `1.${oldestMinor}` });
            const { RELEASE, OLDEST_MINOR } = header(named(resources, "c-preflight"));
            assert.deepEqual([RELEASE, OLDEST_MINOR], [version, String(oldestMinor)]);
        }
    });

    it("asks for what the approver needs only where it is ours", async () => {
        const { resources: ours } = await look({});
        assert.equal(header(named(ours, "c-preflight"))["APPROVER_MINOR"], "32");
        const { resources } = await look({ csrApproval: { mode: CsrApprovalMode.External } });
        assert.equal(header(named(resources, "c-preflight"))["APPROVER_MINOR"], undefined);
    });
});

describe("what the preflight printed", () => {
    it("is nothing where it has another form than a version and a number", () => {
        const nothing = { kubernetesVersion: "", nodeCount: 0 };
        for (const stdout of [
            "",
            "sudo: a password is required",
            "[]",
            '{"kubernetes":"<{%x%}>","nodes":"3"}',
            '{"kubernetes":"v1.34.3\\u001b[2J","nodes":1.5}',
        ]) {
            assert.deepEqual(preflightResult(stdout), nothing, stdout);
        }
        assert.deepEqual(preflightResult(FOUND), { kubernetesVersion: "v1.34.3", nodeCount: 3 });
        assert.equal(
            preflightResult('{"kubernetes":"v1.34.3-eks-1b2c","nodes":3}').kubernetesVersion,
            "v1.34.3-eks-1b2c",
        );
    });
});
