import assert from "node:assert/strict";
import { statSync } from "node:fs";
import { join } from "node:path";
import { certificate } from "./support/certificates";
import { describeInShells, describeInTurn, type Cases } from "./support/parallel";
import { locate, resultOf } from "./support/shells";
import { type Maker, type Shape } from "./support/api/installations";
import { CA, KEPT, onInstallation, TakenOver } from "./support/api/takenOver";

const LACKS = locate("kubectl") === undefined ? ["kubectl is not installed"] : [];
const NAME = "metrics-server";
const API = "v1beta1.metrics.k8s.io";
const MANIFEST: Shape = { maker: "manifest" };

/** What is there in the end, whoever was there before and whatever happened on the way. */
function isTakenOver({ api, gaps }: TakenOver): void {
    assert.deepEqual(gaps, []);
    const { insecureSkipTLSVerify, caBundle } = api.get("APIService", API)?.["spec"] as {
        insecureSkipTLSVerify?: boolean;
        caBundle: string;
    };
    assert.equal(insecureSkipTLSVerify, undefined);
    assert.ok(Buffer.from(caBundle, "base64").toString().includes(CA.certificate));
    assert.deepEqual(
        api.all("Pod").map(({ metadata }) => metadata.name),
        [`${NAME}-new-1`],
    );
    assert.deepEqual(
        api.all("ReplicaSet").map(({ metadata }) => metadata.name),
        [`${NAME}-new`],
    );
    assert.deepEqual(
        api.all("Secret").map(({ metadata }) => metadata.name),
        [],
    );
    const ours = ["Deployment", "ReplicaSet", "Pod", "ConfigMap"];
    for (const { kind, metadata } of [...api.objects.values()].filter(
        (each) => !ours.includes(each.kind),
    )) {
        const name = `${kind}/${metadata.name}`;
        assert.deepEqual(
            metadata.managedFields?.map(({ manager }) => manager),
            ["secure-metrics-server-take-over"],
            name,
        );
        const left = Object.keys({ ...metadata.annotations, ...metadata.labels });
        assert.doesNotMatch(left.join(" "), /last-applied|helm\.sh|addonmanager|instance/, name);
    }
}

/** All verbs in their order, with what the provider makes in between. */
async function takeOver(node: TakenOver): Promise<void> {
    await node.does("keep");
    await node.does("aside");
    node.makeDeployment();
    await node.does("switch");
    isTakenOver(node);
    node.upsert();
    assert.deepEqual(node.gaps, []);
}

const taken = (shape: Shape): Cases[string] => onInstallation(shape, takeOver);

describeInShells(
    "take-over.sh",
    {
        "takes over what a manifest installed, and at no moment a request would have failed":
            taken(MANIFEST),
    },
    LACKS,
);

describeInTurn(
    "take-over.sh takes over, and at no moment a request would have failed,",
    {
        "what Helm installed, with its record of the release": taken({ maker: "chart" }),
        "what an older manifest installed, whose Service names another port": taken({
            maker: "manifest",
            targetPort: 4443,
        }),
        "what is verified already, with a CA of its own: both are trusted on the way": taken({
            maker: "manifest",
            verified: true,
        }),
        "what kubespray installed": onInstallation({ maker: "kubespray" }, async (node) => {
            node.write("etc/kubernetes/addons/metrics_server/metrics-apiservice.yaml", "");
            await takeOver(node);
        }),
    },
    LACKS,
);

/** Killed after a change, and then run again from the beginning, as the next `pulumi up` does. */
const killed = (verb: "aside" | "switch", change: number, shape: Shape = MANIFEST): Cases[string] =>
    onInstallation(shape, async (node) => {
        await node.does("keep");
        if (verb === "switch") {
            await node.does("aside");
            node.makeDeployment();
        }
        await node.killedAfter(change, verb);
        await node.does("keep");
        await node.does("aside");
        if (verb === "aside") node.makeDeployment();
        await node.does("switch");
        isTakenOver(node);
        assert.match(
            node.kept("deployment.metrics-server.yaml") ?? "",
            /^# [0-9a-f-]+\napiVersion: apps\/v1\n/,
        );
        assert.doesNotMatch(
            node.kept("service.metrics-server.yaml") ?? "",
            /pod-template-hash|clusterIP/,
        );
    });

describeInTurn(
    "take-over.sh ends at the same place when it was killed",
    {
        "after it has taken marks off an object": killed("aside", 1),
        "when the Service keeps to the old pods": killed("aside", 7),
        "when the old Deployment has gone": killed("aside", 8),
        "when the old ReplicaSet is hidden": killed("aside", 9),
        "when the Service has the new pods": killed("switch", 1),
        "when the API server verifies": killed("switch", 2),
        "when the old pods have gone": killed("switch", 3),
        "when Helm's record has gone": killed("switch", 5, { maker: "chart" }),
    },
    LACKS,
);

describeInTurn(
    "take-over.sh, details",
    {
        "keeps every object for root alone, without what the API server gave it, and what brings it back":
            onInstallation({ maker: "chart" }, async (node) => {
                const run = await node.does("keep");
                assert.ok((resultOf(run)["taken"] as string[]).includes(`deployment/${NAME}`));
                assert.match(
                    run.output,
                    /^cp1: takeOver: takes over metrics-server, made by Helm release "metrics-server": its pods serve until the new ones do; .*\ncp1: takeOver: takes over apiservice\//m,
                );
                assert.match(
                    run.output,
                    /to go back: pulumi destroy, then sudo sh \S+restore\.sh$/m,
                );
                const service = node.kept(`service.${NAME}.yaml`) ?? "";
                assert.match(
                    service,
                    /^# [0-9a-f-]+\napiVersion: v1\nkind: Service\nmetadata:\n {2}annotations:/,
                );
                assert.doesNotMatch(service, /resourceVersion|uid:|clusterIP|status/);
                for (const [file, mode] of [
                    ["", 0o700],
                    [`secret.sh.helm.release.v1.${NAME}.v1.yaml`, 0o600],
                    ["clusterrole.system:metrics-server-aggregated-reader.yaml", 0o600],
                    ["restore.sh", 0o600],
                ] as const) {
                    assert.equal(statSync(join(node.root, KEPT, file)).mode & 0o777, mode, file);
                }
                assert.deepEqual(node.api.changes, [
                    "create ConfigMap/secure-metrics-server-take-over",
                ]);
            }),
        "keeps the new pods out of the old Service until they are wanted there": onInstallation(
            MANIFEST,
            async (node) => {
                await node.does("keep");
                await node.does("aside");
                node.makeDeployment();
                assert.deepEqual(
                    node.api.endpoints().map(({ metadata }) => metadata.name),
                    [`${NAME}-old-1`],
                );
                assert.deepEqual(node.gaps, []);
            },
        ),
        "tries again when somebody else was faster": onInstallation(MANIFEST, async (node) => {
            await node.does("keep");
            let faster = 0;
            node.api.onPatch = (object) => {
                if (object.kind === "Service" && faster++ === 0) {
                    object.metadata.resourceVersion = "999999";
                }
            };
            await node.does("aside");
            assert.equal(faster, 2);
        }),
        "does nothing where it has nothing to take, and forgets nothing of it": onInstallation(
            MANIFEST,
            async (node) => {
                await takeOver(node);
                for (const object of node.api.objects.values()) {
                    object.metadata.labels = {
                        ...object.metadata.labels,
                        "app.kubernetes.io/part-of": "secure-metrics-server",
                    };
                }
                const before = node.api.changes.length;
                for (const verb of ["keep", "aside", "switch"]) await node.does(verb);
                assert.deepEqual(node.api.changes.slice(before), []);
                await node.does("revert");
                assert.equal(node.kept("restore.sh"), undefined);
            },
        ),
        "keeps the way back when the new metrics-server has gone, and says so": onInstallation(
            MANIFEST,
            async (node) => {
                await node.does("keep");
                node.api.objects.delete(`APIService/${API}`);
                const { output } = await node.does("revert");
                assert.match(
                    output,
                    /are still in \/var\/lib\/secure-metrics-server\/taken-over; to bring it back: sudo sh/,
                );
                assert.ok(node.kept("restore.sh"));
            },
        ),
        "changes nothing when a new pod serves what the API server would refuse": (shell) =>
            TakenOver.use(
                shell,
                MANIFEST,
                async (node) => {
                    await node.does("keep");
                    await node.does("aside");
                    node.makeDeployment();
                    const before = node.api.changes.length;
                    const { code, output } = await node.run("switch");
                    assert.equal(code, 67, output);
                    assert.match(
                        output,
                        /the old pods go on serving; next: kubectl -n kube-system logs/,
                    );
                    assert.equal(node.api.changes.length, before);
                },
                certificate({ subject: "/CN=ms", names: `DNS:${NAME}.kube-system.svc` }),
            ),
        "says what it would take in a look that changes nothing": onInstallation(
            MANIFEST,
            async (node) => {
                const { output } = await node.does("status");
                assert.match(
                    output,
                    /takeOver: takes over metrics-server, made by kubectl or another tool: .*\n.*takes over apiservice.*deployment\/metrics-server/,
                );
                assert.deepEqual(node.api.changes, []);
                assert.equal(node.kept("restore.sh"), undefined);
            },
        ),
    },
    LACKS,
);

/** Somebody who would change it back, by what it leaves on an object. */
const refused = (marks: Shape["marks"], says: RegExp, maker: Maker = "manifest"): Cases[string] =>
    onInstallation({ maker, ...(marks && { marks }) }, async (node) => {
        for (const verb of ["keep", "aside"]) {
            const { code, output } = await node.run(verb);
            assert.equal(code, 71, output);
            assert.match(output, says);
            assert.match(output, /error: takeOver cannot take over: .*; expected .*; next: .+\n$/);
        }
        assert.deepEqual(node.api.changes, []);
        assert.equal(node.kept("restore.sh"), undefined);
    });

describeInTurn(
    "take-over.sh refuses what somebody else would change back, and changes nothing:",
    {
        "Argo CD, by its annotation": refused(
            { annotations: { "argocd.argoproj.io/tracking-id": "app:/x" } },
            /belongs to Argo CD \(annotation "argocd\.argoproj\.io\/tracking-id" "app:\/x"\)/,
        ),
        "Flux's Kustomization": refused(
            { labels: { "kustomize.toolkit.fluxcd.io/name": "infra" } },
            /belongs to Flux \(label "kustomize/,
        ),
        "Flux's HelmRelease": refused(
            { labels: { "helm.toolkit.fluxcd.io/name": "ms" } },
            /belongs to Flux \(label "helm/,
            "chart",
        ),
        "the Operator Lifecycle Manager": refused(
            { labels: { "olm.owner": "operator.v1" } },
            /belongs to the Operator Lifecycle Manager/,
        ),
        "an addon manager": refused(
            { labels: { "addonmanager.kubernetes.io/mode": "Reconcile" } },
            /belongs to an addon manager/,
        ),
        "an add-on of EKS": refused(
            { labels: { "app.kubernetes.io/managed-by": "EKS" } },
            /belongs to an add-on of EKS/,
        ),
        GKE: refused({ labels: { "components.gke.io/component-name": "ms" } }, /belongs to GKE/),
        AKS: refused({ labels: { "kubernetes.azure.com/managedby": "aks" } }, /belongs to AKS/),
        k3s: refused({ labels: { "objectset.rio.cattle.io/hash": "1" } }, /belongs to k3s/),
        "an owner": onInstallation(MANIFEST, async (node) => {
            const owner = { kind: "Addon", name: "metrics\u001b[31m", uid: "1" };
            const deployment = node.api.get("Deployment", NAME);
            assert.ok(deployment);
            deployment.metadata.ownerReferences = [owner];
            const { code, output } = await node.run("keep");
            assert.equal(code, 71);
            assert.match(
                output,
                /deployment\/metrics-server belongs to another object \(owner "Addon" "metrics\\x1b\[31m"\)/,
            );
        }),
        "an API that another Service serves": onInstallation(MANIFEST, async (node) => {
            const api = node.api.get("APIService", API);
            assert.ok(api);
            (api["spec"] as { service: object }).service = {
                name: "adapter",
                namespace: "monitoring",
            };
            const { code, output } = await node.run("keep");
            assert.equal(code, 71);
            assert.match(
                output,
                /points at Service "monitoring\/adapter"; expected kube-system\/metrics-server, .*; next: remove that installation/,
            );
        }),
    },
    LACKS,
);
