import { ResourceMonitorFeature } from "@pulumi/pulumi/proto/resource_pb";
import assert from "node:assert/strict";
import { METRICS_SERVER, NODES, SERVING_CERTIFICATE, SSH } from "../unit/support/fixtures";
import type { Construct, Constructed } from "./support/construct";
import { ALL_FEATURES } from "./support/monitor";
import type { Registered } from "./support/registered";
import { made } from "./support/shared";
import { MACHINE } from "./support/values";

const URN = "urn:pulumi:stack::project";
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

/** Everything that a resource waits for, also through others. */
function waitsFor(registered: Registered[], name: string, seen = new Set<string>()): Set<string> {
    for (const next of registered.find((each) => each.name === name)?.dependsOn ?? []) {
        if (!seen.has(next)) {
            waitsFor(registered, next, seen.add(next));
        }
    }
    return seen;
}

for (const asked of COMPONENTS) {
    describe(`${asked.component}, asked for with every option`, () => {
        let result: Constructed;
        let component: Registered;
        let children: Registered[];
        before(async () => {
            result = await made({
                ...asked,
                parent: PARENT,
                providers: PROVIDERS,
                protect: true,
                aliases: [ALIAS],
                dependsOn: [MACHINE],
            });
            const [first, ...others] = result.registered;
            assert.ok(first !== undefined && !first.custom && others.length > 0);
            [component, children] = [first, others];
        });

        it("gives every child the provider of its package that the program gave", () => {
            for (const { name, type, provider, custom } of children) {
                const expected = custom ? PROVIDERS[type.split(":")[0] ?? ""] : "";
                assert.equal(provider, expected, name);
            }
            assert.deepEqual(component.providers, PROVIDERS);
        });

        it("stands below the parent that the program gave, and its children below it", () => {
            const token = `secure-metrics-server:index:${asked.component}`;
            assert.equal(component.parent, PARENT);
            assert.equal(result.urn, `${URN}::test:index:Platform$${token}::x`);
            const components = result.registered.filter(({ custom }) => !custom);
            const names = components.map(({ name }) => name);
            for (const { name, parent } of children) {
                assert.ok(names.includes(parent ?? ""), `${name} is below ${parent ?? "nothing"}`);
            }
        });

        it("is protected with all its children", () => {
            assert.ok(result.registered.every((resource) => resource.protect === true));
        });

        it("tells the engine its alias, from which the engine infers those of its children", () => {
            assert.deepEqual(component.aliases, [ALIAS]);
        });

        it("waits with everything that contacts the cluster for what it was told to wait for", () => {
            assert.deepEqual(component.dependsOn, [MACHINE]);
            for (const { name, type } of children.filter(({ custom }) => custom)) {
                const waits = waitsFor(result.registered, name).has(MACHINE);
                assert.ok(waits || type.startsWith("tls:"), `${name} does not wait`);
            }
        });
    });

    describe(`${asked.component}, asked for without options`, () => {
        it("leaves parent, providers and protection to the engine, and waits for nothing else", async () => {
            const { registered } = await made(asked);
            // A Namespace that is there is only read, not registered.
            const read = `${asked.component}$kubernetes:core/v1:Namespace::x-kube-system`;
            const names = new Set(registered.map(({ name }) => name));
            for (const resource of registered) {
                assert.equal(resource.provider, "", resource.name);
                assert.deepEqual(resource.providers, {}, resource.name);
                assert.notEqual(resource.protect, true, resource.name);
                assert.ok(
                    resource.dependsOn.every((name) => names.has(name) || name.endsWith(read)),
                );
            }
            assert.equal(registered[0]?.parent, undefined);
        });

        // The SDK cannot read a resource for such an engine, and none of those runs hooks, which the package needs.
        if (asked.component === "SecureMetricsServer") return;

        it("gives each child an alias of its own under an engine that does not infer them", async () => {
            const features = ALL_FEATURES.filter(
                (each) => each !== ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
            );
            const { registered } = await made({ ...asked, aliases: [ALIAS], features });
            const own = registered.filter(({ parent }) => parent === "x");
            assert.ok(own.length > 0);
            for (const { name, type, aliases } of own) {
                const before = `${URN}::test:index:Before$${type}::${name.replace(/^x/, "before")}`;
                assert.ok(aliases.includes(before), name);
            }
        });
    });
}
