import assert from "node:assert/strict";
import { Provider } from "@pulumi/kubernetes/provider";
import {
    CertificateSource,
    CsrApprovalMode,
    NodeRole,
    SecureMetricsServer,
    type SecureMetricsServerArgs,
} from "../../index";
import { service } from "../../components/metrics-server/manifests";
import { NODES, SSH } from "./support/fixtures";
import { commands, header, named, text, waitsFor } from "./support/find";
import { record, type Run, type RunOptions } from "./support/mocks";
import { toldLate } from "./support/late";
import { UNKNOWN } from "./support/recorded";
import { refusal } from "./support/refusals";

const UPSERT = "PULUMI_K8S_UPSERT_EXISTING_OBJECTS";
const STEPS = ["m-take-over", "m-take-over-aside", "m-take-over-switch"];
const MARKER = "m-take-over-marker";

/** What the provider is told; null is no provider of the program's own. */
type Options = { upsertExistingObjects?: boolean; enableServerSideApply?: boolean } | null;

function program(
    args: Partial<SecureMetricsServerArgs> = {},
    options: Options = { upsertExistingObjects: true },
): SecureMetricsServer {
    const providers = options === null ? [] : [new Provider("cluster", options)];
    return new SecureMetricsServer(
        "m",
        { nodes: NODES, ssh: SSH, takeOver: true, ...args },
        { providers },
    );
}

const run = (
    args: Partial<SecureMetricsServerArgs> = {},
    options: RunOptions = {},
): Promise<Run<SecureMetricsServer>> => record(() => program(args), options);

/** What a program is told, with such a provider. */
async function failure(options: Options, stock = false): Promise<string> {
    const { errors } = await toldLate(() => program({}, options), { stock });
    return errors.join("\n");
}

async function withVariable(value: string | undefined, act: () => Promise<void>): Promise<void> {
    const before = process.env[UPSERT];
    if (value === undefined) Reflect.deleteProperty(process.env, UPSERT);
    else process.env[UPSERT] = value;
    try {
        await act();
    } finally {
        if (before === undefined) Reflect.deleteProperty(process.env, UPSERT);
        else process.env[UPSERT] = before;
    }
}

describe("takeOver", () => {
    it("keeps what is there before anything is changed, and only then begins", async () => {
        const { resources } = await run();
        assert.deepEqual(header(named(resources, "m-take-over")), {
            NODE_NAME: "cp1",
            TRACE: "/var/lib/secure-metrics-server/taken-over",
        });
        assert.match(text(named(resources, "m-take-over"), "create"), / sh -s -- keep \)/);
        assert.match(text(named(resources, "m-take-over"), "delete"), / sh -s -- revert$/);
        assert.ok(waitsFor(resources, "m-take-over").has("m-preflight"));
        const before = ["m-take-over", MARKER, "m-preflight", "cluster"];
        for (const { name, type } of resources) {
            if (!/^(command|kubernetes):/.test(type) || before.includes(name)) continue;
            if (name === "m-kube-system") continue;
            assert.ok(waitsFor(resources, name).has(MARKER), name);
        }
    });

    it("has the provider show on an object of no use that it takes over what is there", async () => {
        const { resources } = await run();
        const { metadata } = named(resources, MARKER).inputs as { metadata: { name: string } };
        assert.equal(metadata.name, "secure-metrics-server-take-over");
        assert.deepEqual(named(resources, MARKER).dependsOn, ["m-take-over"]);
    });

    it("lets the old pods go on when every kubelet is verified, and makes nothing of metrics-server before", async () => {
        const { resources } = await run();
        const aside = waitsFor(resources, "m-take-over-aside");
        for (const name of ["m-kubelets-verification", "m-kubelets-node-cp1"]) {
            assert.ok(aside.has(name), name);
        }
        for (const { name, type } of resources) {
            if (!name.startsWith("m-metrics-server-") || !type.startsWith("kubernetes:")) continue;
            assert.ok(waitsFor(resources, name).has("m-take-over-aside"), name);
        }
        assert.equal(named(resources, "m-take-over-aside").inputs["delete"], undefined);
    });

    it("lets the new pods serve when they are ready, and gives Service and APIService to the provider after that", async () => {
        const { resources, result } = await run();
        const step = named(resources, "m-take-over-switch");
        const caBundle = await new Promise((resolve) => result.caBundle.apply(resolve));
        assert.deepEqual(header(step), {
            NODE_NAME: "cp1",
            CA_BUNDLE: caBundle,
            PORTS: JSON.stringify(service().spec.ports),
        });
        for (const name of ["deployment", "disruption-budget"]) {
            assert.ok(step.dependsOn.includes(`m-metrics-server-${name}`), name);
        }
        for (const name of ["service", "api-service"]) {
            assert.ok(waitsFor(resources, `m-metrics-server-${name}`).has("m-take-over-switch"));
        }
        assert.ok(waitsFor(resources, "m-metrics").has("m-take-over-switch"));
    });

    it("tells the preflight, and without it nothing is other than it was", async () => {
        const taking = await run();
        assert.equal(header(named(taking.resources, "m-preflight"))["TAKE_OVER"], "true");
        const plain = await run({ takeOver: false });
        assert.equal(header(named(plain.resources, "m-preflight"))["TAKE_OVER"], undefined);
        const identities = ({ resources }: Run<unknown>): string[] =>
            resources.map(({ type, name, parent }) => `${type} ${name} < ${parent ?? ""}`);
        const before = identities(plain);
        // Identities in users' stacks: changed only with an alias.
        assert.deepEqual(
            identities(taking)
                .filter((each) => !before.includes(each))
                .sort(),
            [
                "command:remote:Command m-take-over < m",
                "command:remote:Command m-take-over-aside < m",
                "command:remote:Command m-take-over-switch < m",
                "kubernetes:core/v1:ConfigMap m-take-over-marker < m",
            ],
        );
        assert.equal(taking.resources.length, plain.resources.length + 4);
        for (const { name, inputs } of plain.resources.filter(
            (each) => each.name !== "m-preflight",
        )) {
            assert.deepEqual(named(taking.resources, name).inputs, inputs, name);
        }
        assert.equal(
            commands(plain.resources).some(({ name }) => STEPS.includes(name)),
            false,
        );
    });

    it("is refused without a control plane, where the old objects are kept", async () => {
        const nodes = { w1: { ...NODES["w1"], role: NodeRole.Worker } } as typeof NODES;
        assert.match(
            await refusal(() =>
                program({ nodes, csrApproval: { mode: CsrApprovalMode.External } }, null),
            ),
            /takeOver is true, and nodes has no node with role controlPlane, .*; expected one; next: give a control plane/,
        );
    });

    it("is refused where cert-manager is to put the CA into the APIService, with the way in two runs", async () => {
        const servingCertificate = { source: CertificateSource.CertManager };
        assert.match(
            await refusal(() => program({ servingCertificate }, null)),
            /takeOver is true, and servingCertificate\.source is certManager, .*; next: take over with source own, then change the source/,
        );
    });

    it("lets a preview know nothing of what it would merge with what is there: the provider would fail", async () => {
        const { resources } = await run({}, { preview: true });
        const inputs = (name: string): string =>
            JSON.stringify(named(resources, `m-metrics-server-${name}`).inputs);
        for (const name of ["deployment", "service", "api-service"]) {
            assert.ok(inputs(name).includes(UNKNOWN), name);
        }
        const plain = await run({ takeOver: false }, { preview: true });
        const service = named(plain.resources, "m-metrics-server-service").inputs;
        assert.ok(!JSON.stringify(service).includes(UNKNOWN));
    });

    it("is refused, in previews too, where the provider is known not to take anything over, with both ways to tell it", async () => {
        await withVariable(undefined, async () => {
            for (const options of [{}, { upsertExistingObjects: false }, null]) {
                assert.match(
                    await failure(options),
                    /takeOver is true, and the Kubernetes provider does not take over objects that are there; expected its option upsertExistingObjects; next: set upsertExistingObjects: true on the kubernetes\.Provider, or run PULUMI_K8S_UPSERT_EXISTING_OBJECTS=true pulumi up/,
                );
            }
            assert.match(
                await failure({ upsertExistingObjects: true, enableServerSideApply: false }),
                /enableServerSideApply: false, with which it takes nothing over; expected server-side apply/,
            );
        });
    });

    it("takes the environment's word where the program has no provider of its own, or gives it no option", async () => {
        await withVariable("true", async () => {
            assert.equal(await failure(null), "");
            assert.equal(await failure({}), "");
        });
    });

    it("asks nothing under the SDK's plain mocks, where there is no provider", async () => {
        await withVariable(undefined, async () => {
            assert.equal(await failure({}, true), "");
        });
    });
});
