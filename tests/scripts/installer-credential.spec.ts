import assert from "node:assert/strict";
import { chmodSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { load, loadAll } from "js-yaml";
import { OWNER } from "../../components/shared/owner";
import { dialects } from "../cluster/csr/approverFixture";
import { CLUSTER_KUBECTL } from "./support/fakeCluster";
import { FILES, InstallerFixture, OBJECTS } from "./support/installerFixture";

interface KubernetesObject {
    kind: string;
    metadata: { name: string; namespace?: string; labels: Record<string, string> };
    rules?: Record<string, string[]>[];
    roleRef?: { kind: string; name: string };
    subjects?: { kind: string; name: string; namespace: string }[];
}

const ACCOUNT = "secure-metrics-server-approver-cp1";
/** Before it applies anything, kubectl ends the script that called it. */
const SIGNAL = `case $* in *apply*)
    up=$PPID
    until tr '\\0' ' ' </proc/$up/cmdline | grep -q -e '-- install'; do
        up=$(sed 's/^.*) [A-Z] \\([0-9]*\\) .*/\\1/' /proc/$up/stat)
    done
    kill -TERM "$up" ;;
esac
`;

for (const dialect of dialects()) {
    describe(`installer.sh, the approver's own credential (${dialect.name})`, () => {
        let node: InstallerFixture;
        beforeEach(() => {
            node = new InstallerFixture(dialect);
        });
        afterEach(() => {
            node.remove();
        });

        const install = (): ReturnType<InstallerFixture["run"]> => {
            const outcome = node.run("install");
            assert.equal(outcome.status, 0, outcome.lines.join("\n"));
            return outcome;
        };
        const objects = (): KubernetesObject[] =>
            node.objects.flatMap(
                (kind) => loadAll(node.read(`cluster/${kind}`)) as KubernetesObject[],
            );

        it("may read requests, Nodes and one Service, approve for one signer, and nothing else", () => {
            install();
            const rules = objects().flatMap(({ kind, rules = [] }) =>
                rules.map((rule) => ({ kind, ...rule })),
            );
            const group = ["certificates.k8s.io"];
            assert.deepEqual(rules, [
                {
                    kind: "ClusterRole",
                    apiGroups: group,
                    resources: ["certificatesigningrequests"],
                    verbs: ["get", "list"],
                },
                {
                    kind: "ClusterRole",
                    apiGroups: group,
                    resources: ["certificatesigningrequests/approval"],
                    verbs: ["update"],
                },
                {
                    kind: "ClusterRole",
                    apiGroups: group,
                    resources: ["signers"],
                    resourceNames: ["kubernetes.io/kubelet-serving"],
                    verbs: ["approve"],
                },
                { kind: "ClusterRole", apiGroups: [""], resources: ["nodes"], verbs: ["get"] },
                {
                    kind: "Role",
                    apiGroups: [""],
                    resources: ["services"],
                    resourceNames: ["kubernetes"],
                    verbs: ["get"],
                },
            ]);
        });

        it("has objects with the package's labels, bound to this node's account", () => {
            install();
            assert.deepEqual(node.objects, OBJECTS);
            for (const { kind, metadata, roleRef, subjects } of objects()) {
                assert.equal(metadata.name, ACCOUNT);
                assert.deepEqual(metadata.labels, OWNER);
                const namespaces = {
                    ServiceAccount: "kube-system",
                    Secret: "kube-system",
                    Role: "default",
                    RoleBinding: "default",
                };
                assert.equal(metadata.namespace, namespaces[kind as keyof typeof namespaces]);
                if (roleRef !== undefined) {
                    assert.equal(roleRef.kind, kind.replace("Binding", ""));
                    assert.equal(roleRef.name, ACCOUNT);
                    assert.deepEqual(subjects, [
                        { kind: "ServiceAccount", name: ACCOUNT, namespace: "kube-system" },
                    ]);
                }
            }
        });

        it("lies in a file that only root reads, with admin.conf's server and CA", () => {
            install();
            assert.equal(node.mode(FILES.credential), "600");
            const { clusters, users } = load(node.read(FILES.credential)) as {
                clusters: { cluster: object }[];
                users: { user: { token: string } }[];
            };
            assert.deepEqual(clusters[0]?.cluster, {
                server: "https://10.0.0.100:6443",
                "certificate-authority-data": "Q0E=",
            });
            assert.match(users[0]?.user.token ?? "", /^token-/);
        });

        it("is what the service uses; nobody hands it admin.conf", () => {
            install();
            const unit = node.read(FILES.service);
            assert.match(
                unit,
                /^ExecStart=\/bin\/sh \/var\/lib\/secure-metrics-server\/approver\/approver\.sh run$/m,
            );
            assert.match(unit, /^InaccessiblePaths=.*-\/etc\/kubernetes\/admin\.conf /m);
            assert.match(unit, /^CPUQuota=\d+%$/m);
            const reads = node.asked
                .split("\n")
                .filter((line) => line.includes("certificatesigning"));
            assert.ok(reads.length > 0 && reads.every((line) => line.startsWith("approver: ")));
        });

        it("is never taken over from somebody else", () => {
            node.write("cluster/clusterrole", "kind: ClusterRole\n");
            const { status, lines } = node.run("install");
            assert.equal(status, 71);
            assert.match(
                lines.join("\n"),
                /there is a clusterrole secure-metrics-server-approver-cp1 that is not of this package; expected none; next: /,
            );
            assert.deepEqual(node.objects, ["clusterrole"]);
            assert.ok(!node.has(FILES.service));
            node.run("uninstall");
            assert.deepEqual(node.objects, ["clusterrole"]);
        });

        it("of a control plane that died goes with the next install elsewhere, and of no other", () => {
            const of = (name: string): string => `secure-metrics-server-approver-${name}`;
            node.write("accounts", `${["dead", "listed", "there"].map(of).join("\n")}\nother\n`);
            node.write("nodes", "node/cp1\nnode/there\n");
            const { status, lines } = node.run("install", { CONTROL_PLANES: "cp1 listed" });
            assert.equal(status, 0, lines.join("\n"));
            assert.equal(node.read("accounts"), `${of("listed")}\n${of("there")}\nother\n`);
            assert.match(lines.join("\n"), /credential of dead, which is no Node any more/);
            for (const kind of OBJECTS) {
                assert.match(
                    node.asked,
                    new RegExp(`delete \\S*\\b${kind}\\b.*metadata\\.name=${of("dead")} `),
                );
            }
            assert.doesNotMatch(node.asked, /delete .*approver-(cp1|listed|there) /);
            assert.deepEqual(node.objects, OBJECTS);
        });

        for (const lost of OBJECTS) {
            it(`comes back where somebody removed its ${lost}`, () => {
                install();
                rmSync(join(node.root, "cluster", lost));
                const { result } = install();
                assert.deepEqual(result, { changed: true, interval: 60, nodes: 2 });
                assert.deepEqual(node.objects, OBJECTS);
            });
        }

        it("is another one on a machine that was made anew: the old disk may be anywhere", () => {
            install();
            install();
            assert.doesNotMatch(node.asked, /delete/);
            rmSync(join(node.root, "var"), { recursive: true });
            install();
            assert.match(node.asked, /^admin: delete secret .*metadata\.name=\S+-approver-cp1 /m);
            assert.deepEqual(node.objects, OBJECTS);
        });

        it("comes back where somebody removed or loosened its file, and status says so", () => {
            install();
            rmSync(join(node.root, FILES.credential));
            const { causes, inSync } = node.run("status").result as {
                causes: string[];
                inSync: boolean;
            };
            assert.deepEqual(causes, ["approver-credential-missing"]);
            assert.equal(inSync, false);
            install();
            chmodSync(join(node.root, FILES.credential), 0o644);
            install();
            assert.equal(node.mode(FILES.credential), "600");
        });

        it("counts as drift when the approver fails with it", () => {
            install();
            node.write("failing", "");
            const before = node.asked;
            const { causes, lastResult } = node.run("status").result as {
                causes: string[];
                lastResult: string;
            };
            assert.deepEqual(causes, ["approver-failing"]);
            assert.equal(lastResult, "exit-code");
            assert.equal(node.asked, before, "status asks no API server");
        });

        it("shows a right that it lacks before it replaces anything", () => {
            install();
            const old = node.read(FILES.credential);
            node.write("denied", "nodes");
            const { status, lines } = node.run("install");
            assert.equal(status, 71);
            assert.match(
                lines.join("\n"),
                /account may not do this: .*"resource": "nodes"; expected/,
            );
            assert.equal(node.read(FILES.credential), old);
        });

        for (const [what, spoil] of [
            [
                "a right is missing",
                () => {
                    node.write("denied", "nodes");
                },
            ],
            [
                "systemd does not answer",
                () => {
                    node.write("hanging", "");
                },
            ],
            [
                "a signal ends it",
                () => {
                    node.tool("kubectl", `${SIGNAL}${CLUSTER_KUBECTL}`);
                },
            ],
        ] as const) {
            it(`goes with all else when a first install fails because ${what}`, () => {
                spoil();
                const { status, lines } = node.run("install");
                assert.ok([71, 73, 75].includes(status ?? 0), lines.join("\n"));
                assert.match(lines.join("\n"), /^cp1: error: .*; next: /m);
                assert.deepEqual(node.objects, []);
                for (const path of ["var/lib/secure-metrics-server", "etc/secure-metrics-server"])
                    assert.ok(!node.has(path), path);
                assert.deepEqual(readdirSync(join(node.root, "etc/systemd/system")), []);
            });
        }

        it("stays with the approver when a later install fails, or one of another stack", () => {
            install();
            node.write("denied", "nodes");
            for (const INSTANCE of ["project.stack.metrics", "other"]) {
                assert.equal(node.run("install", { INSTANCE }).status, 71);
                assert.deepEqual(node.objects, OBJECTS);
                for (const file of Object.values(FILES)) assert.ok(node.has(file), file);
            }
            assert.ok(!node.has("etc/secure-metrics-server/csr-inventory.d/other"));
        });

        it("stays whole where the API server is down as it is to be removed", () => {
            install();
            node.write("broken", "");
            const { status, lines, calls } = node.run("uninstall");
            assert.equal(status, 71);
            assert.match(
                lines.join("\n"),
                /kubectl cannot delete .*: no route; expected .*; next: /,
            );
            assert.deepEqual(calls, []);
            for (const file of Object.values(FILES)) assert.ok(node.has(file), file);
            rmSync(join(node.root, "broken"));
            assert.deepEqual(node.run("uninstall").result, { changed: true, remaining: 0 });
            assert.deepEqual(node.objects, []);
        });

        it("is named where the node is no control plane any more, and the rest goes", () => {
            install();
            rmSync(join(node.root, "etc/kubernetes/admin.conf"));
            const { status, lines } = node.run("uninstall");
            assert.equal(status, 0);
            assert.match(lines.join("\n"), /warning: left secure-metrics-server-approver-cp1 in/);
            assert.ok(!node.has("var/lib/secure-metrics-server"));
        });
    });
}
