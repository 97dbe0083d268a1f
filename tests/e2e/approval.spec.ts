import assert from "node:assert/strict";
import { Api, type SigningRequest } from "../cluster/csr/api";
import { hostileRequests } from "../cluster/csr/hostile";
import { adminCredential, nodeApi } from "../cluster/csr/lab";
import { submit, type Trial } from "../cluster/csr/trial";
import type { Cluster } from "../cluster/harness";
import { found, notYet, until } from "../cluster/harness/budgets";
import { servedCertificate, servingRequests } from "../support/observe";
import { askAnew } from "./support/faults";
import { TestStack } from "./support/stack";
import { backToStock, clusterOrSkip } from "./support/tier";

describe("approval of certificate signing requests, with the real engine", function () {
    let cluster: Cluster;
    let stack: TestStack;
    let trials: Trial[];

    before(async function () {
        cluster = await clusterOrSkip(this);
        stack = await TestStack.create(cluster, "approval", { onRemove: "revert" });
        await cluster.kubectl(["delete", "csr", "--all"]);
    });

    after(async () => {
        if (!(stack as TestStack | undefined)) return;
        await backToStock(cluster, stack);
    });

    /** How long the controller manager signs certificates for; its default is a year. */
    async function signingDuration(duration: string): Promise<void> {
        const manifest = "/etc/kubernetes/manifests/kube-controller-manager.yaml";
        const add = `s#^\\( *\\)- kube-controller-manager$#&\\n\\1- --cluster-signing-duration=${duration}#`;
        await cluster.exec("cp1", ["sed", "-i", add, manifest]);
        await until(
            "the controller manager to restart",
            { total: 180_000, interval: 1000 },
            async () => {
                const { stdout } = await cluster.exec(
                    "cp1",
                    ["pgrep", "-af", "^kube-controller-manager"],
                    {
                        allowFailure: true,
                    },
                );
                return stdout.includes("--cluster-signing-duration=")
                    ? found(undefined)
                    : notYet(stdout);
            },
        );
    }

    it("approves the kubelets' own requests and none of a stolen node's, all there at once", async () => {
        const [own, other, controlPlane] = ["w1", "w2", "cp1"].map((name) => {
            const node = cluster.nodes.find((each) => each.name === name);
            assert.ok(node);
            return { node: name, dns: [name], ips: [node.ip] };
        });
        assert.ok(own && other && controlPlane);
        const thief = await nodeApi(cluster, await adminCredential(cluster), "w1");
        const world = {
            own,
            other,
            controlPlane,
            serviceAddress: cluster.network.kubernetesService,
        };
        trials = await submit(thief, hostileRequests(world));
        assert.ok(trials.length >= 54, `only ${trials.length} hostile requests`);

        const run = await stack.up();
        assert.equal(run.error, undefined, run.error);

        const hostile = new Set(trials.flatMap(({ name }) => name ?? []));
        const objects = await new Api(await adminCredential(cluster)).list();
        const decided = objects.filter(({ status }) => (status.conditions ?? []).length > 0);
        assert.deepEqual(
            decided.filter(({ metadata }) => hostile.has(metadata.name)).map(nameOf),
            [],
        );
        const senders = decided.map(({ spec }) => spec.username).sort();
        assert.deepEqual(senders, ["system:node:cp1", "system:node:w1", "system:node:w2"]);
    });

    it("runs with a credential that is worth nothing beyond its work", async () => {
        const credential = "--kubeconfig=/var/lib/secure-metrics-server/approver/kubeconfig";
        const may = async (...words: string[]): Promise<string> => {
            const command = ["kubectl", credential, "auth", "can-i", ...words];
            const { stdout } = await cluster.exec("cp1", command, { allowFailure: true });
            return stdout.trim().split("\n").at(-1) ?? "";
        };
        assert.equal(await may("list", "certificatesigningrequests"), "yes");
        for (const words of [
            ["get", "secrets", "-n", "kube-system"],
            ["create", "pods"],
            ["list", "nodes"],
            ["update", "nodes"],
            ["create", "certificatesigningrequests"],
            ["delete", "certificatesigningrequests"],
            ["create", "clusterrolebindings"],
            ["impersonate", "users"],
        ]) {
            assert.equal(await may(...words), "no", words.join(" "));
        }
        const { stdout } = await cluster.exec("cp1", [
            "systemctl",
            "show",
            "-p",
            "InaccessiblePaths",
            "secure-metrics-server-csr-approval.service",
        ]);
        assert.match(stdout, /\/etc\/kubernetes\/admin\.conf/);
    });

    it("approves rotations of short-lived certificates unattended", async () => {
        await signingDuration("5m");
        const before = await servedCertificate(cluster, "w1");
        await cluster.kubectl(["delete", "csr", "--all"]);
        // The certificates that are served now live for a year: a new one is asked for when there is none.
        await askAnew(cluster, "w1");
        const first = await otherThan(before, 180);
        const second = await otherThan(first, 420);
        assert.notEqual(second, first);
        assert.ok((await servingRequests(cluster)).length >= 2);
    });

    function otherThan(known: string | undefined, seconds: number): Promise<string> {
        return until(
            "another certificate on w1",
            { total: seconds * 1000, interval: 2000 },
            async () => {
                const fingerprint = await servedCertificate(cluster, "w1");
                return fingerprint === undefined || fingerprint === known
                    ? notYet(String(fingerprint))
                    : found(fingerprint);
            },
        );
    }
});

function nameOf({ metadata }: SigningRequest): string {
    return metadata.name;
}
