import assert from "node:assert/strict";
import {
    CsrApprovalMode,
    Placement,
    SecureMetricsServer,
    type MetricsServerSettingsArgs,
} from "../../index";
import { metricsServerProblems } from "../../components/metrics-server/metricsServerProblems";
import { roomProblems, withNodeDefaults } from "../../components/secure-metrics-server/podDefaults";
import { header, named } from "./support/find";
import { foreign, NODES, SSH, worker } from "./support/fixtures";
import { KUBELET_CA } from "./support/certificates";
import { containerOf, metricsServerWith, podOf } from "./support/metricsServer";
import { record, type Recorded } from "./support/mocks";
import type { Plain } from "./support/recorded";

const ON = Placement.ControlPlane;
const FILE = "/etc/kubernetes/pki/ca.crt";
const LABELS = { "kubernetes.io/os": "linux", "node-role.kubernetes.io/control-plane": "" };
const TOLERATION = {
    key: "node-role.kubernetes.io/control-plane",
    operator: "Exists",
    effect: "NoSchedule",
};

/** Nodes by their number, as far as the defaults look at them. */
function inventory(workers: number, controlPlanes: number): Parameters<typeof roomProblems>[1] {
    const each = (count: number): never[] => Array.from<never>({ length: count });
    return {
        nodes: each(workers + controlPlanes),
        controlPlanes: each(controlPlanes),
    } as unknown as Parameters<typeof roomProblems>[1];
}

async function secure(metricsServer: MetricsServerSettingsArgs): Promise<Recorded[]> {
    const args = { nodes: NODES, ssh: SSH, metricsServer };
    return (await record(() => new SecureMetricsServer("m", args))).resources;
}

function specOf(resources: Recorded[]): Record<string, Plain> {
    const { inputs } = named(resources, "m-metrics-server-deployment");
    return inputs["spec"] as Record<string, Plain>;
}

describe("placement on control planes", () => {
    it("selects Linux nodes with kubeadm's label, and tolerates kubeadm's taint and no other", async () => {
        const pod = podOf(await metricsServerWith({ placement: ON }));
        assert.deepEqual(pod["nodeSelector"], LABELS);
        assert.deepEqual(pod["tolerations"], [TOLERATION]);
        assert.equal(pod["hostNetwork"], undefined);
    });

    it("changes nothing when it is anywhere", async () => {
        assert.deepEqual(
            podOf(await metricsServerWith({ placement: Placement.Anywhere })),
            podOf(await metricsServerWith({})),
        );
    });

    for (const [nodeSelector, tolerations, names] of [
        [{ pool: "infra" }, undefined, ["nodeSelector"]],
        [undefined, [TOLERATION], ["tolerations"]],
        [{ pool: "infra" }, [], ["nodeSelector", "tolerations"]],
    ] as const) {
        it(`is refused beside ${names.join(" and ")}, which it sets`, () => {
            const problems = metricsServerProblems({
                placement: ON,
                ...(nodeSelector && { nodeSelector }),
                ...(tolerations && { tolerations: [...tolerations] }),
            });
            assert.deepEqual(
                problems,
                names.map(
                    (name) =>
                        `${name} is set and placement is controlPlane, which sets it; expected one of them; next: remove ${name}, or remove placement and choose the nodes with nodeSelector and tolerations`,
                ),
            );
        });
    }

    it("is refused under another word", () => {
        assert.deepEqual(metricsServerProblems({ placement: foreign("master") }), [
            'placement is "master"; expected anywhere or controlPlane',
        ]);
    });

    it("takes a pod for each control plane, two at most, unless the program says how many", () => {
        const replicas = (controlPlanes: number, given = {}): number | undefined =>
            withNodeDefaults({ placement: ON, ...given }, inventory(5, controlPlanes)).replicas;
        assert.deepEqual(
            [1, 2, 3].map((count) => replicas(count)),
            [1, 2, 2],
        );
        assert.equal(replicas(1, { replicas: 3 }), 3);
        assert.equal(replicas(3, { hostNetwork: true }), 2);
    });

    it("is refused where nodes has no control plane", () => {
        assert.deepEqual(roomProblems({ placement: ON }, inventory(2, 0)), [
            "placement is controlPlane and nodes has no node with role controlPlane; expected one where the pods can run; next: give a control plane role: controlPlane, or remove placement",
        ]);
        assert.deepEqual(roomProblems({}, inventory(2, 0)), []);
    });

    it("is refused in the host's network with more pods than control planes, of which each has room for one", () => {
        const settings = { placement: ON, hostNetwork: true };
        assert.deepEqual(roomProblems({ ...settings, replicas: 2 }, inventory(5, 1)), [
            "replicas is 2, and with hostNetwork and placement controlPlane there is room for 1, one on each control plane in nodes; expected at most 1; next: lower replicas, or remove hostNetwork",
        ]);
        assert.deepEqual(roomProblems({ ...settings, replicas: 2 }, inventory(0, 2)), []);
        assert.deepEqual(roomProblems({ placement: ON, replicas: 2 }, inventory(5, 1)), []);
    });

    it("reaches the Deployment of SecureMetricsServer, with one pod on one control plane, and the preflight", async () => {
        const resources = await secure({ placement: ON });
        const spec = specOf(resources);
        assert.equal(spec["replicas"], 1);
        const { spec: pod } = spec["template"] as { spec: Record<string, Plain> };
        assert.deepEqual(pod["nodeSelector"], LABELS);
        assert.equal(header(named(resources, "m-preflight"))["PLACEMENT"], "controlPlane");
    });

    it("names all that is wrong with it, and with all else, in one error", async () => {
        const { w1, w2 } = NODES;
        const make = (): unknown =>
            new SecureMetricsServer("m", {
                nodes: { w1, w2 },
                ssh: SSH,
                csrApproval: { mode: CsrApprovalMode.External },
                metricsServer: {
                    placement: ON,
                    nodeSelector: {},
                    kubeletCa: "",
                    kubeletCaHostPath: "/etc/kubernetes/pki/ca.key",
                    kubeletPreferredAddressTypes: [],
                },
            });
        await assert.rejects(record(make), (error: Error) => {
            assert.match(error.message, /^SecureMetricsServer "m": 6 problems in its arguments/);
            for (const start of [
                "nodeSelector is set",
                "kubeletCaHostPath is",
                "kubeletCa has no PEM certificate",
                "kubeletCaHostPath and kubeletCa are",
                "kubeletPreferredAddressTypes is empty",
                "placement is controlPlane and nodes",
            ]) {
                assert.ok(error.message.includes(`\n  - ${start}`), error.message);
            }
            return true;
        });
    });
});

describe("the kubelets' CA in a file of the control planes", () => {
    it("is mounted as one file, read-only, and never as its folder, which has the CA's key", async () => {
        const all = await metricsServerWith({ placement: ON, kubeletCaHostPath: FILE });
        assert.deepEqual((podOf(all)["volumes"] as Plain[]).at(-1), {
            name: "kubelet-ca",
            hostPath: { path: FILE, type: "File" },
        });
        const container = containerOf(all);
        assert.deepEqual((container["volumeMounts"] as Plain[]).at(-1), {
            name: "kubelet-ca",
            mountPath: "/etc/metrics-server/kubelet-ca/ca.crt",
            readOnly: true,
        });
        assert.deepEqual(
            (container["args"] as string[]).filter((flag) => flag.includes("authority")),
            ["--kubelet-certificate-authority=/etc/metrics-server/kubelet-ca/ca.crt"],
        );
        assert.ok(!all.some(({ name }) => name === "m-kubelet-ca"), "no ConfigMap beside it");
    });

    it("is what the handshakes with all kubelets verify with, and what the preflight looks at", async () => {
        const resources = await secure({ placement: ON, kubeletCaHostPath: FILE });
        for (const name of ["m-preflight", "m-kubelets-verification"]) {
            assert.equal(header(named(resources, name))["KUBELET_CA_FILE"], FILE, name);
        }
        const nodes = resources.filter(({ name }) => name.startsWith("m-kubelets-node-"));
        assert.ok(nodes.every((node) => header(node)["KUBELET_CA"] === undefined));
    });

    for (const path of [
        "etc/kubernetes/pki/ca.crt",
        "",
        "/",
        "/etc/kubernetes/pki/",
        "/etc/kubernetes/../shadow",
        "/etc/./ca.crt",
        "/etc//ca.crt",
        "/etc/ca .crt",
        "/etc/$(x).crt",
        "/etc/ca\n.crt",
    ]) {
        it(`is refused as ${JSON.stringify(path)}, which is no plain path of a file`, () => {
            assert.deepEqual(metricsServerProblems({ placement: ON, kubeletCaHostPath: path }), [
                `kubeletCaHostPath is "${path}"; expected a file such as /etc/kubernetes/pki/ca.crt: absolute, without . and .. and in letters, digits, dots, hyphens and underscores`,
            ]);
        });
    }

    it("is refused when it is called like a key", () => {
        for (const path of ["/etc/kubernetes/pki/ca.key", "/etc/CA.KEY"]) {
            assert.deepEqual(metricsServerProblems({ placement: ON, kubeletCaHostPath: path }), [
                `kubeletCaHostPath is "${path}", which is called like a private key; expected a file such as /etc/kubernetes/pki/ca.crt; metrics-server needs the certificate only`,
            ]);
        }
    });

    it("is refused where the pods may run elsewhere", () => {
        assert.deepEqual(metricsServerProblems({ kubeletCaHostPath: FILE }), [
            "kubeletCaHostPath is set and placement is not controlPlane; expected the pods where that file is; next: set placement: controlPlane, or remove kubeletCaHostPath: every pod has the cluster's CA without it",
        ]);
    });

    it("is refused beside kubeletCa", () => {
        const settings = { placement: ON, kubeletCaHostPath: FILE, kubeletCa: KUBELET_CA };
        assert.deepEqual(metricsServerProblems(settings), [
            "kubeletCaHostPath and kubeletCa are both set; expected one of them; next: remove kubeletCa where the file on the control planes has that CA, otherwise kubeletCaHostPath",
        ]);
    });
});

describe("what metrics-server reserves", () => {
    const requests = (nodes: number, given: MetricsServerSettingsArgs = {}): unknown =>
        withNodeDefaults(given, inventory(nodes - 1, 1)).resources?.requests;

    it("is upstream's for a hundred nodes, and is left to it", () => {
        assert.equal(requests(3), undefined);
        assert.equal(requests(100), undefined);
    });

    it("grows by 1m and 2Mi for each node above a hundred, as upstream advises, in Kubernetes' own spelling", () => {
        assert.deepEqual(requests(101), { cpu: "101m", memory: "202Mi" });
        assert.deepEqual(requests(512), { cpu: "512m", memory: "1Gi" });
        assert.deepEqual(requests(1000), { cpu: "1", memory: "2000Mi" });
    });

    it("is what the program says, where it says something, beside limits of its own", () => {
        const own = { requests: { cpu: "2" } };
        assert.deepEqual(requests(500, { resources: own }), own.requests);
        const limits = { memory: "4Gi" };
        assert.deepEqual(withNodeDefaults({ resources: { limits } }, inventory(199, 1)).resources, {
            limits,
            requests: { cpu: "200m", memory: "400Mi" },
        });
    });

    it("reaches the Deployment", async () => {
        const many = Object.fromEntries(
            Array.from({ length: 120 }, (_, i) => [`n${i}`, worker(i + 1)]),
        );
        const nodes = { cp1: NODES.cp1, ...many };
        const { resources } = await record(() => new SecureMetricsServer("m", { nodes, ssh: SSH }));
        const { spec: pod } = specOf(resources)["template"] as {
            spec: { containers: { resources: Plain }[] };
        };
        assert.deepEqual(pod.containers[0]?.resources, {
            requests: { cpu: "121m", memory: "242Mi" },
        });
    });
});
