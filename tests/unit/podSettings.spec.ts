import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import {
    MetricsServer,
    UnhealthyPodEvictionPolicy,
    type ExtraVolumeArgs,
    type MetricsServerSettingsArgs,
} from "../../index";
import { metricsServerProblems } from "../../components/metrics-server/metricsServerProblems";
import { KUBELET_CA, SERVING_CA } from "./support/certificates";
import { named } from "./support/find";
import { foreign, METRICS_SERVER } from "./support/fixtures";
import { toldLate } from "./support/late";
import { containerOf, metricsServerWith, podOf } from "./support/metricsServer";
import { unknown, type Recorded } from "./support/mocks";
import type { Plain } from "./support/recorded";

const OWN = {
    "k8s-app": "metrics-server",
    "app.kubernetes.io/managed-by": "secure-metrics-server",
    "app.kubernetes.io/part-of": "secure-metrics-server",
};
const SELECTED = { "k8s-app": "metrics-server" };

interface Meta {
    labels: Plain;
    annotations?: Plain;
}

function metadataOf(resources: Recorded[], name: string): Meta {
    return named(resources, name).inputs["metadata"] as unknown as Meta;
}

function templateOf(resources: Recorded[]): { metadata: Meta } {
    const { spec } = named(resources, "m-deployment").inputs as unknown as {
        spec: { template: { metadata: Meta } };
    };
    return spec.template;
}

describe("labels and annotations", () => {
    it("common labels go on every object, those with names of the engine's included, and on no pod", async () => {
        const all = await metricsServerWith({
            commonLabels: { team: "platform" },
            kubeletCa: KUBELET_CA,
            clientCa: SERVING_CA,
        });
        const objects = all.filter(({ type }) => type.startsWith("kubernetes:"));
        assert.equal(objects.length, 13);
        for (const { name } of objects) {
            const { labels } = metadataOf(all, name) as { labels: Record<string, Plain> };
            assert.equal(labels["team"], "platform", name);
            assert.equal(labels["k8s-app"], "metrics-server", name);
        }
        assert.deepEqual(templateOf(all).metadata, { labels: SELECTED });
    });

    it("of pods go on pods, which are still found by their own", async () => {
        const all = await metricsServerWith({
            podLabels: { "example.com/cost": "7" },
            podAnnotations: { "example.com/note": "any text; also this" },
        });
        assert.deepEqual(templateOf(all).metadata, {
            labels: { "example.com/cost": "7", ...SELECTED },
            annotations: { "example.com/note": "any text; also this" },
        });
        assert.deepEqual(metadataOf(all, "m-deployment").labels, OWN);
    });

    it("of an object go on that object, beside the package's own", async () => {
        const all = await metricsServerWith({
            deploymentAnnotations: { a: "1" },
            serviceAnnotations: { b: "2" },
            apiServiceAnnotations: { c: "3" },
            serviceAccountAnnotations: { d: "4" },
        });
        const skip = { "pulumi.com/skipAwait": "true" };
        assert.deepEqual(metadataOf(all, "m-deployment").annotations, { a: "1" });
        assert.deepEqual(metadataOf(all, "m-service").annotations, { b: "2", ...skip });
        assert.deepEqual(metadataOf(all, "m-api-service").annotations, { c: "3" });
        assert.deepEqual(metadataOf(all, "m-service-account").annotations, { d: "4" });
    });

    const refused: [MetricsServerSettingsArgs, string][] = [
        [
            { commonLabels: { "k8s-app": "x" } },
            'commonLabels has "k8s-app"; the package finds its objects by this label; remove it',
        ],
        [
            { podLabels: { "app.kubernetes.io/managed-by": "x" } },
            'podLabels has "app.kubernetes.io/managed-by"; the package finds its objects by this label; remove it',
        ],
        [
            { commonLabels: { "rbac.authorization.k8s.io/aggregate-to-view": "true" } },
            'commonLabels has "rbac.authorization.k8s.io/aggregate-to-view"; it would give metrics-server\'s own rights to roles of the cluster; remove it',
        ],
        [
            { podLabels: { team: "a b" } },
            'podLabels has "team"; its value has other characters, or too many; expected at most 63 letters, digits, -, _ and ., with a letter or digit at both ends',
        ],
        [
            { serviceAnnotations: { "pulumi.com/skipAwait": "false" } },
            'serviceAnnotations has "pulumi.com/skipAwait"; it would change what the run waits for and replaces; remove it',
        ],
        ...["cert-manager.io/inject-ca-from", "service.beta.openshift.io/inject-cabundle"].map(
            (key): [MetricsServerSettingsArgs, string] => [
                { apiServiceAnnotations: { [key]: "x" } },
                `apiServiceAnnotations has "${key}"; a controller would write another caBundle than the one of the program; remove it`,
            ],
        ),
        [
            { podAnnotations: { "a b": "x" } },
            'podAnnotations has "a b"; expected a key as Kubernetes takes it: letters, digits, -, _ and ., at most 63, behind a DNS name and / if at all',
        ],
    ];
    for (const [settings, says] of refused) {
        it(`are refused: ${says.split(";", 1)[0] ?? ""}`, () => {
            assert.deepEqual(metricsServerProblems(settings), [says]);
        });
    }

    it("are refused with the same words when they are known late, as a whole or in part", async () => {
        for (const podLabels of [
            pulumi.output({ "k8s-app": "other" }),
            { team: pulumi.output("a b") },
        ]) {
            const { errors } = await toldLate(
                () => new MetricsServer("m", { ...METRICS_SERVER, podLabels }),
            );
            assert.deepEqual(errors.length, 1);
            assert.match(errors[0] ?? "", /podLabels has "(k8s-app|team)"; /);
        }
        assert.deepEqual(
            metricsServerProblems({ podLabels: unknown<Record<string, string>>() }),
            [],
        );
    });
});

describe("the pods", () => {
    it("take further settings as they are, and the constraints count metrics-server's own pods", async () => {
        const all = await metricsServerWith({
            topologySpreadConstraints: [
                { topologyKey: "topology.kubernetes.io/zone" },
                { topologyKey: "rack", maxSkew: 2, whenUnsatisfiable: "DoNotSchedule" },
            ],
            dnsConfig: { nameservers: ["10.0.0.2"], options: [{ name: "ndots", value: "1" }] },
            schedulerName: "mine",
            revisionHistoryLimit: 0,
            unhealthyPodEvictionPolicy: UnhealthyPodEvictionPolicy.AlwaysAllow,
        });
        const pod = podOf(all);
        const labelSelector = { matchLabels: SELECTED };
        assert.deepEqual(pod["topologySpreadConstraints"], [
            {
                topologyKey: "topology.kubernetes.io/zone",
                maxSkew: 1,
                whenUnsatisfiable: "ScheduleAnyway",
                labelSelector,
            },
            { topologyKey: "rack", maxSkew: 2, whenUnsatisfiable: "DoNotSchedule", labelSelector },
        ]);
        assert.deepEqual(pod["dnsConfig"], {
            nameservers: ["10.0.0.2"],
            options: [{ name: "ndots", value: "1" }],
        });
        assert.equal(pod["schedulerName"], "mine");
        const { spec } = named(all, "m-deployment").inputs as { spec: Record<string, Plain> };
        assert.equal(spec["revisionHistoryLimit"], 0);
        const budget = named(all, "m-disruption-budget").inputs as { spec: Record<string, Plain> };
        assert.equal(budget.spec["unhealthyPodEvictionPolicy"], "AlwaysAllow");
    });

    const refused: [MetricsServerSettingsArgs, string][] = [
        [
            { unhealthyPodEvictionPolicy: foreign("Never") },
            'unhealthyPodEvictionPolicy is "Never"; expected IfHealthyBudget or AlwaysAllow',
        ],
        [
            { unhealthyPodEvictionPolicy: UnhealthyPodEvictionPolicy.AlwaysAllow, replicas: 1 },
            "unhealthyPodEvictionPolicy is set and replicas is 1, where there is no PodDisruptionBudget; expected one of them; next: remove unhealthyPodEvictionPolicy, or set replicas: 2",
        ],
        [
            { revisionHistoryLimit: -1 },
            "revisionHistoryLimit is -1; expected a whole number from 0 on",
        ],
        [
            { topologySpreadConstraints: [{ topologyKey: "" }] },
            "topologySpreadConstraints[0].topologyKey is empty; expected a label of nodes",
        ],
        [
            { topologySpreadConstraints: [{ topologyKey: "a" }, { topologyKey: "b", maxSkew: 0 }] },
            "topologySpreadConstraints[1].maxSkew is 0; expected a whole number from 1 on",
        ],
        [
            { topologySpreadConstraints: [{ topologyKey: "a", whenUnsatisfiable: "Never" }] },
            'topologySpreadConstraints[0].whenUnsatisfiable is "Never"; expected ScheduleAnyway or DoNotSchedule',
        ],
    ];
    for (const [settings, says] of refused) {
        it(`are refused when ${says.split(";", 1)[0] ?? ""}`, () => {
            assert.deepEqual(metricsServerProblems(settings), [says]);
        });
    }
});

describe("further folders", () => {
    const problems = (extraVolumes: Record<string, ExtraVolumeArgs>): string[] =>
        metricsServerProblems({ extraVolumes });

    it("are mounted behind the package's own, sorted by name, and read-only where nobody can write", async () => {
        const all = await metricsServerWith({
            extraVolumes: {
                policy: { mountPath: "/audit/policy", configMap: "audit-policy" },
                log: { mountPath: "/audit/log", emptyDir: true },
                key: { mountPath: "/audit/key", secret: "audit-key" },
                archive: { mountPath: "/archive", persistentVolumeClaim: "audit" },
            },
        });
        assert.deepEqual((podOf(all)["volumes"] as Plain[]).slice(2), [
            { name: "archive", persistentVolumeClaim: { claimName: "audit" } },
            { name: "key", secret: { secretName: "audit-key", defaultMode: 0o440 } },
            { name: "log", emptyDir: {} },
            { name: "policy", configMap: { name: "audit-policy" } },
        ]);
        assert.deepEqual((containerOf(all)["volumeMounts"] as Plain[]).slice(2), [
            { name: "archive", mountPath: "/archive" },
            { name: "key", mountPath: "/audit/key", readOnly: true },
            { name: "log", mountPath: "/audit/log" },
            { name: "policy", mountPath: "/audit/policy", readOnly: true },
        ]);
    });

    for (const [mountPath, own] of [
        ["/etc/metrics-server/tls", "/etc/metrics-server"],
        ["/etc", "/etc/metrics-server"],
        ["/tmp", "/tmp"],
        ["/var/run/secrets/kubernetes.io/serviceaccount", "/var/run/secrets"],
        ["/var", "/var/run/secrets"],
        ["/run", "/run/secrets"],
        ["/proc/sys", "/proc"],
        ["/metrics-server", "/metrics-server"],
        ["/usr/lib", "/usr"],
    ] as const) {
        it(`are refused at ${mountPath}, where they would hide what the container has`, () => {
            assert.deepEqual(problems({ x: { mountPath, emptyDir: true } }), [
                `extraVolumes.x.mountPath is "${mountPath}", and ${own} is the container's own; expected a folder of its own, such as /audit`,
            ]);
        });
    }

    for (const mountPath of ["", "/", "audit", "/audit/", "/a/../etc", "/a b", "/a:b"]) {
        it(`are refused at ${JSON.stringify(mountPath)}, which is no plain path`, () => {
            assert.deepEqual(problems({ x: { mountPath, emptyDir: true } }), [
                `extraVolumes.x.mountPath is "${mountPath}"; expected a folder of its own, such as /audit: absolute, without . and .. and in letters, digits, dots, hyphens and underscores`,
            ]);
        });
    }

    it("are refused without a source, with two, under the package's names, and twice in one folder", () => {
        const sources =
            "expected exactly one of configMap, secret, persistentVolumeClaim, emptyDir";
        assert.deepEqual(
            problems({
                tls: { mountPath: "/a", emptyDir: false },
                B: { mountPath: "/b", configMap: "x", secret: "y" },
                c: { mountPath: "/b", configMap: "x" },
            }),
            [
                'extraVolumes has "tls", which is a volume of the package\'s own; expected another name',
                `extraVolumes.tls has no source; ${sources}`,
                'extraVolumes has "B"; expected a name of small letters, digits and hyphens, at most 63',
                `extraVolumes.B has configMap and secret; ${sources}`,
                "extraVolumes.c.mountPath is /b, and so is that of B; expected a folder of its own",
            ],
        );
    });
});
