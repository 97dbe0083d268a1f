import { ResourceMonitorFeature } from "@pulumi/pulumi/proto/resource_pb";
import assert from "node:assert/strict";
import { METRICS_SERVER, NODES, SERVING_CERTIFICATE, SSH } from "../unit/support/fixtures";
import type { Construct } from "./support/construct";
import { ALL_FEATURES } from "./support/monitor";
import type { Registered } from "./support/registered";
import { made } from "./support/shared";
import { MACHINE } from "./support/values";

const URN = "urn:pulumi:stack::project";
const STACK = `${URN}::pulumi:pulumi:Stack::project-stack`;
const PARENT = `${URN}::test:index:Platform::platform`;
const ALIAS = `${URN}::test:index:Before::before`;

/** References to providers that the program made, by their package. */
const PROVIDERS = Object.fromEntries(
    ["command", "kubernetes", "tls"].map((name) => [
        name,
        `${URN}::pulumi:providers:${name}::explicit::${name}-id`,
    ]),
);

const cluster = { nodes: NODES, ssh: SSH };
const COMPONENTS: Pick<Construct, "component" | "inputs">[] = [
    { component: "ServingCertificate", inputs: SERVING_CERTIFICATE },
    { component: "MetricsServer", inputs: METRICS_SERVER },
    { component: "KubeletServingCertificates", inputs: cluster },
    { component: "SecureMetricsServer", inputs: cluster },
];

function children(registered: Registered[]): Registered[] {
    return registered.filter(({ custom }) => custom);
}

/** Everything that a resource waits for, also through others. */
function waitsFor(registered: Registered[], name: string, seen = new Set<string>()): Set<string> {
    for (const next of registered.find((each) => each.name === name)?.dependsOn ?? []) {
        if (!seen.has(next)) {
            waitsFor(registered, next, seen.add(next));
        }
    }
    return seen;
}

function component(registered: Registered[]): Registered {
    const [first] = registered;
    assert.ok(first !== undefined && !first.custom);
    return first;
}

for (const asked of COMPONENTS) {
    describe(`${asked.component} that another language asks for`, () => {
        it("gives every child the provider of its package that the program gave", async () => {
            const { registered } = await made({ ...asked, providers: PROVIDERS });
            for (const { name, type, provider } of children(registered)) {
                assert.equal(provider, PROVIDERS[type.split(":")[0] ?? ""], name);
            }
            assert.deepEqual(component(registered).providers, PROVIDERS);
        });

        it("leaves the choice of providers to the engine when the program gave none", async () => {
            const { registered } = await made(asked);
            assert.deepEqual(
                registered.filter(({ provider }) => provider !== ""),
                [],
            );
        });

        it("stands below the parent that the program gave, and its children below it", async () => {
            const { urn, registered } = await made({ ...asked, parent: PARENT });
            assert.equal(component(registered).parent, PARENT);
            assert.equal(
                urn,
                `${URN}::test:index:Platform$secure-metrics-server:index:${asked.component}::x`,
            );
            const names = new Set(registered.map(({ name }) => name));
            for (const { name, parent } of registered.slice(1)) {
                assert.ok(names.has(parent ?? ""), `${name} is below ${parent ?? "nothing"}`);
            }
        });

        it("protects every child when it is protected, and none when it is not", async () => {
            for (const protect of [true, false]) {
                const { registered } = await made({ ...asked, protect });
                assert.ok(registered.every((resource) => (resource.protect ?? false) === protect));
            }
        });

        it("keeps its identity when it moves: the engine is told its alias", async () => {
            const { registered } = await made({ ...asked, parent: STACK, aliases: [ALIAS] });
            assert.deepEqual(component(registered).aliases, [ALIAS]);
        });

        it("gives each child an alias of its own under an engine that does not infer them", async () => {
            const features = ALL_FEATURES.filter(
                (feature) =>
                    feature !== ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
            );
            const { registered } = await made({
                ...asked,
                parent: STACK,
                aliases: [ALIAS],
                features,
            });
            const own = registered.filter(({ parent }) => parent === "x");
            assert.ok(own.length > 0);
            for (const { name, type, aliases } of own) {
                const before = `${URN}::test:index:Before$${type}::${name.replace(/^x/, "before")}`;
                assert.ok(aliases.includes(before), name);
            }
        });

        it("waits for what the program told it to wait for, with what contacts the cluster", async () => {
            const { registered } = await made({ ...asked, dependsOn: [MACHINE] });
            assert.deepEqual(component(registered).dependsOn, [MACHINE]);
            for (const { name, type } of children(registered)) {
                const waits = waitsFor(registered, name).has(MACHINE);
                assert.ok(waits || type.startsWith("tls:"), `${name} does not wait`);
            }
        });
    });
}
