import assert from "node:assert/strict";
import fc from "fast-check";
import * as manifests from "../../components/kubelet-serving-certificates/csrControllerManifests";
import { identityOf } from "../../components/nodes/inventory";

const CP1 = identityOf("cp1", "10.0.0.11", undefined);
const W1 = identityOf("w1.example.org", "x", ["fd00::12", "10.0.0.12", "w1"]);

/** The environment as a record. */
function environment(
    ...nodes: Parameters<typeof manifests.environment>[0]
): Record<string, string> {
    return Object.fromEntries(manifests.environment(nodes).map(({ name, value }) => [name, value]));
}

describe("the environment of the CSR controller", () => {
    it("allows these names and these addresses only, asks no DNS and never denies", () => {
        assert.deepEqual(environment(CP1, W1), {
            PROVIDER_REGEX: "^(cp1|w1\\.example\\.org)$",
            PROVIDER_IP_PREFIXES: "10.0.0.11/32,10.0.0.12/32,fd00::12/128",
            MAX_EXPIRATION_SEC: "31622400",
            BYPASS_DNS_RESOLUTION: "true",
            SKIP_DENY_STEP: "true",
            IGNORE_NON_SYSTEM_NODE: "true",
            ALLOWED_DNS_NAMES: "2",
            LEADER_ELECTION: "true",
        });
    });

    it("has an expression that matches the node names and nothing else", () => {
        const names = fc.uniqueArray(fc.domain(), { minLength: 1, maxLength: 5 });
        fc.assert(
            fc.property(names, fc.domain(), (nodes, other) => {
                const all = nodes.map((name) => identityOf(name, "10.0.0.1", undefined));
                const expression = new RegExp(environment(...all)["PROVIDER_REGEX"] ?? "");
                assert.ok(nodes.every((name) => expression.test(name)));
                assert.equal(expression.test(other), nodes.includes(other));
                assert.equal(expression.test(`${nodes[0] ?? ""}.evil.org`), false);
                assert.equal(expression.test(`x${nodes[0] ?? ""}`), false);
                assert.equal(expression.test(nodes[0]?.replace(".", "x") ?? ""), false);
            }),
        );
    });

    it("never allows a whole network", () => {
        const prefixes = environment(CP1, W1)["PROVIDER_IP_PREFIXES"]?.split(",") ?? [];
        assert.ok(prefixes.every((prefix) => /^(\d+(\.\d+){3}\/32|[0-9a-f:]+\/128)$/.test(prefix)));
    });
});

describe("the objects of the CSR controller", () => {
    it("let it approve for one signer, and neither sign nor change anything else", () => {
        const rules = manifests.role().rules;
        assert.deepEqual(
            rules.map(({ resources, verbs }) => `${resources.join()}: ${verbs.join()}`),
            [
                "certificatesigningrequests: get,list,watch",
                "certificatesigningrequests/approval: update",
                "signers: approve",
                "events: create",
            ],
        );
        assert.deepEqual(rules[2]?.resourceNames, ["kubernetes.io/kubelet-serving"]);
    });

    it("let it change one lease in its own namespace, and no other controller's", () => {
        const { metadata, rules } = manifests.leaseRole();
        assert.equal(metadata.namespace, "kube-system");
        assert.deepEqual(rules, [
            { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["create"] },
            {
                apiGroups: ["coordination.k8s.io"],
                resources: ["leases"],
                resourceNames: ["kubelet-csr-approver"],
                verbs: ["get", "update"],
            },
        ]);
        const { roleRef, subjects } = manifests.leaseBinding();
        assert.equal(roleRef.kind, "Role");
        assert.deepEqual(subjects, manifests.binding().subjects);
    });

    it("pin its image by digest, as the arguments promise", () => {
        assert.match(manifests.DEFAULT_IMAGE, /@sha256:[0-9a-f]{64}$/);
    });

    it("run it without root, capabilities and a writable file system, also on control planes", () => {
        const spec = manifests.deployment("i@sha256:0", []).spec;
        assert.equal(spec.replicas, 2);
        assert.deepEqual(spec.template.spec, {
            serviceAccountName: "kubelet-csr-approver",
            priorityClassName: "system-cluster-critical",
            securityContext: {
                runAsNonRoot: true,
                runAsUser: 65532,
                seccompProfile: { type: "RuntimeDefault" },
            },
            tolerations: [
                {
                    key: "node-role.kubernetes.io/control-plane",
                    operator: "Exists",
                    effect: "NoSchedule",
                },
            ],
            containers: [
                {
                    name: "kubelet-csr-approver",
                    image: "i@sha256:0",
                    args: ["-metrics-bind-address", ":8080", "-health-probe-bind-address", ":8081"],
                    env: [],
                    resources: {
                        requests: { cpu: "100m", memory: "64Mi" },
                        limits: { memory: "128Mi" },
                    },
                    securityContext: {
                        allowPrivilegeEscalation: false,
                        readOnlyRootFilesystem: true,
                        capabilities: { drop: ["ALL"] },
                    },
                    livenessProbe: { httpGet: { path: "/healthz", port: 8081 } },
                },
            ],
        });
    });
});
