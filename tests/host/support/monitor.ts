import type { Callback } from "@pulumi/pulumi/proto/callback_pb";
import { ResourceMonitorService } from "@pulumi/pulumi/proto/resource_grpc_pb";
import {
    DeploymentInfo,
    ReadResourceResponse,
    RegisterPackageResponse,
    RegisterResourceResponse,
    ResourceMonitorFeature,
    SupportsFeatureResponse,
    type ReadResourceRequest,
    type RegisterResourceHookRequest,
    ResourceInvokeResponse,
    type ResourceInvokeRequest,
    type RegisterResourceOutputsRequest,
    type RegisterResourceRequest,
    type SupportsFeatureRequest,
} from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { stateOf } from "../../unit/support/providerStates";
import { plain } from "../../unit/support/recorded";
import { runHook, transformed } from "./callbacks";
import { answer, serve, unimplemented, type Service } from "./grpc";
import { registeredFrom, urnOf, type Registered } from "./registered";

/** What the engine of a test is able and asked to do. */
export interface MonitorOptions {
    preview?: boolean;
    /** What it says that it supports; everything by default. */
    features?: ResourceMonitorFeature[];
    /** Whether it is older than GetDeploymentInfo and is asked feature by feature. */
    legacy?: boolean;
    /** Whether it makes resources, and so runs hooks. A preview never does. */
    runHooks?: boolean;
    /** What becomes of what is registered. By default nothing is made, and states are stand-ins. */
    provider?: Provider;
}

/** What a resource's hooks do around an operation. */
export interface Around {
    before: () => Promise<void>;
    after: (outputs: Properties) => Promise<void>;
}

export type Hooks = Record<"create" | "update", Around>;

export type Properties = Record<string, unknown>;

/** Makes, or does not make, what a program registers and reads. */
export interface Provider {
    register(
        request: RegisterResourceRequest,
        urn: string,
        hooks: Hooks,
    ): Promise<RegisterResourceResponse>;
    read(request: ReadResourceRequest): Promise<ReadResourceResponse>;
}

export interface Monitor extends Service {
    /** Every resource that was registered, in the order of registration. */
    registered: Registered[];
}

export const ALL_FEATURES = Object.values(ResourceMonitorFeature).filter(
    (feature) => typeof feature === "number",
);

/** The names by which engines before GetDeploymentInfo were asked. */
const LEGACY_NAMES: Record<string, ResourceMonitorFeature> = {
    secrets: ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_SECRETS,
    resourceReferences: ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_RESOURCE_REFERENCES,
    outputValues: ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_OUTPUT_VALUES,
    aliasSpecs: ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_ALIAS_SPECS,
    transforms: ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_TRANSFORMS,
    resourceHooks: ResourceMonitorFeature.RESOURCE_MONITOR_FEATURE_RESOURCE_HOOKS,
};

/** A resource monitor that speaks the engine's protocol, applies transforms, runs hooks, and makes nothing. */
export async function startMonitor(options: MonitorOptions): Promise<Monitor> {
    const registered: Registered[] = [];
    const hooks = new Map<string, Callback>();
    const features = options.features ?? ALL_FEATURES;
    const provider = options.provider ?? standIns(options);

    const register = async (
        request: RegisterResourceRequest,
    ): Promise<RegisterResourceResponse> => {
        await transformed(request);
        const urn = urnOf(request);
        registered.push(registeredFrom(request, urn, registered));
        const bound = request.getHooks();
        const around = (before: string[] = [], after: string[] = []): Around => {
            const [first, last] = [hooksNamed(before, hooks), hooksNamed(after, hooks)];
            return {
                before: () => runAll(first, request, urn),
                after: (outputs) => runAll(last, request, urn, outputs),
            };
        };
        return provider.register(request, urn, {
            create: around(bound?.getBeforeCreateList(), bound?.getAfterCreateList()),
            update: around(bound?.getBeforeUpdateList(), bound?.getAfterUpdateList()),
        });
    };

    const service = await serve((server) => {
        server.addService(ResourceMonitorService, {
            getDeploymentInfo:
                options.legacy === true
                    ? unimplemented
                    : answer(() => new DeploymentInfo().setSupportedfeaturesList(features)),
            supportsFeature: answer((request: SupportsFeatureRequest) => {
                const feature = LEGACY_NAMES[request.getId()];
                return new SupportsFeatureResponse().setHassupport(
                    feature !== undefined && features.includes(feature),
                );
            }),
            registerResource: answer(register),
            registerResourceOutputs: answer((request: RegisterResourceOutputsRequest) => {
                const resource = registered.find(({ urn }) => urn === request.getUrn());
                if (resource === undefined) {
                    throw new Error(`outputs of ${request.getUrn()}, which is not registered`);
                }
                resource.outputs = plain(request.getOutputs()?.toJavaScript() ?? {});
                return new Empty();
            }),
            registerResourceHook: answer((request: RegisterResourceHookRequest) => {
                const callback = request.getCallback();
                if (callback !== undefined) {
                    hooks.set(request.getName(), callback);
                }
                return new Empty();
            }),
            registerPackage: answer(() => new RegisterPackageResponse().setRef("package")),
            signalAndWaitForShutdown: answer(() => new Empty()),
            invoke: answer(getResource),
            call: unimplemented,
            readResource: answer((request: ReadResourceRequest) => provider.read(request)),
            registerStackTransform: unimplemented,
            registerStackInvokeTransform: unimplemented,
            registerErrorHook: unimplemented,
        });
    });
    return { ...service, registered };
}

/** The hooks that are bound to a resource, in a preview too: each has to be registered. */
function hooksNamed(names: string[], hooks: Map<string, Callback>): Callback[] {
    return names.map((name) => {
        const callback = hooks.get(name);
        if (callback === undefined) {
            throw new Error(`the hook ${name} is bound to a resource and not registered`);
        }
        return callback;
    });
}

/** The engine runs hooks around what it makes, and makes nothing that a hook refuses. */
async function runAll(
    callbacks: Callback[],
    request: RegisterResourceRequest,
    urn: string,
    outputs?: Properties,
): Promise<void> {
    for (const callback of callbacks) {
        await runHook(callback, request, urn, outputs);
    }
}

/** Makes nothing: the state of each resource is a stand-in. */
function standIns({ preview = false, runHooks = false }: MonitorOptions): Provider {
    return {
        register: async (request, urn, { create: { before, after } }) => {
            const response = made(request, urn, preview);
            if (runHooks && !preview) {
                await before();
                await after(response.getObject()?.toJavaScript() ?? {});
            }
            return response;
        },
        read: (request) => Promise.resolve(read(request)),
    };
}

/** The SDK looks up the providers that a program gave. The package calls nothing else. */
function getResource(request: ResourceInvokeRequest): ResourceInvokeResponse {
    if (request.getTok() !== "pulumi:pulumi:getResource") {
        throw new Error(
            `the package called ${request.getTok()}; it must not need anything but resources`,
        );
    }
    const { urn } = request.getArgs()?.toJavaScript() as { urn: string };
    const id = `${urn.replace(/^.*::(.*)::.*$/, "$1").replace(/^.*:/, "")}-id`;
    return new ResourceInvokeResponse().setReturn(Struct.fromJavaScript({ urn, id, state: {} }));
}

/** What is there already, and is only read, in a preview, too. */
function read(request: ReadResourceRequest): ReadResourceResponse {
    return new ReadResourceResponse()
        .setUrn(urnOf(request))
        .setProperties(
            Struct.fromJavaScript(
                stateOf(request.getType(), request.getName(), {}, false) as never,
            ),
        );
}

function made(
    request: RegisterResourceRequest,
    urn: string,
    preview: boolean,
): RegisterResourceResponse {
    const response = new RegisterResourceResponse().setUrn(urn);
    const inputs = (request.getObject()?.toJavaScript() ?? {}) as Record<string, unknown>;
    if (request.getCustom()) {
        response.setId(preview ? "" : `${request.getName()}-id`);
        response.setObject(
            Struct.fromJavaScript(
                stateOf(request.getType(), request.getName(), inputs, preview) as never,
            ),
        );
    }
    return response;
}
