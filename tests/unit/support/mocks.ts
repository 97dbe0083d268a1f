import * as pulumi from "@pulumi/pulumi";
import { Callback } from "@pulumi/pulumi/proto/callback_pb";
import { plain, type Plain } from "./recorded";
import { stateOf } from "./providerStates";

/** One resource as the engine would get to see it. */
export interface Recorded {
    type: string;
    name: string;
    custom: boolean;
    /** The name of the parent resource. */
    parent: string | undefined;
    /** Inputs; a secret is `{ secret: value }`, a value that is not known yet is UNKNOWN. */
    inputs: Record<string, Plain>;
    /** Names of the resources that it waits for, sorted. */
    dependsOn: string[];
    retainOnDelete: boolean;
    /** Names of the hooks that are bound to it. */
    hooks: string[];
    /** What a component registered as its outputs. */
    outputs: Record<string, Plain> | undefined;
}

/** What a program did, and what it returned. */
export interface Run<T> {
    result: T;
    resources: Recorded[];
    /** What hooks do, by their name. */
    hooks: Map<string, pulumi.ResourceHookFunction>;
    /** The transforms of single resources, in the order of their registration. */
    transforms: pulumi.ResourceTransform[];
}

export interface RunOptions {
    preview?: boolean;
    stack?: string;
    /** Runs the program with the mocks of the SDK as they are, as a user's unit test does. */
    stock?: boolean;
    /** What is there of resources, by name, instead of what their provider would say. */
    states?: Record<string, object>;
}

interface Request {
    getType(): string;
    getName(): string;
    getParent(): string;
    getCustom(): boolean;
    getObject(): { toJavaScript(): Record<string, unknown> };
    getDependenciesList(): string[];
    getRetainondelete(): boolean;
    getHooks(): { toObject(): Record<string, string[]> } | undefined;
}

interface OutputsRequest {
    getUrn(): string;
    getOutputs(): { toJavaScript(): Record<string, unknown> };
}

type Answer = (error: unknown, response: { getUrn(): string } | null) => void;

/** The methods of a monitor that are watched here. */
interface Monitor {
    registerResource(request: Request, callback: Answer): unknown;
    registerResourceOutputs(request: OutputsRequest, callback: Answer): unknown;
    registerResourceHook?: () => void;
    close?: () => void;
}

const STACK_TRACE_LIMIT = Error.stackTraceLimit;

/** Runs a program against mocks and waits until everything that it started is registered. */
export async function record<T>(
    program: () => T,
    { preview = false, stack = "stack", stock = false, states = {} }: RunOptions = {},
): Promise<Run<T>> {
    const resources: Recorded[] = [];
    await pulumi.runtime.setMocks(mocks(preview, states), "project", stack, preview);
    const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
    watch(monitor, resources);
    const engine = { hooks: new Map(), transforms: [] };
    if (!stock) {
        accept(monitor, engine);
    }
    // The SDK takes several stack traces a resource; looking up their sources takes most of the time of a run.
    Error.stackTraceLimit = 0;
    try {
        const result = program();
        await pulumi.runtime.disconnect();
        return { result, resources, ...engine };
    } finally {
        Error.stackTraceLimit = STACK_TRACE_LIMIT;
    }
}

function mocks(preview: boolean, states: Record<string, object>): pulumi.runtime.Mocks {
    return {
        call: ({ token }) => {
            throw new Error(`the package called ${token}; it must not need anything but resources`);
        },
        // What has an id is there already: the engine reads it in a preview, too.
        newResource: ({ type, name, inputs, id = "" }) => ({
            id: preview ? id : `${name}-id`,
            state:
                states[name] ??
                stateOf(type, name, inputs as Record<string, unknown>, preview && id === ""),
        }),
    };
}

/** The mocks of the SDK know neither hooks nor transforms; an engine does. Both are kept for the test to call. */
function accept(
    monitor: Monitor,
    { hooks, transforms }: Pick<Run<unknown>, "hooks" | "transforms">,
): void {
    const callbacks = pulumi.runtime.getCallbacks();
    if (callbacks === undefined) {
        throw new Error("the SDK has no callback server");
    }
    monitor.registerResourceHook = () => undefined;
    callbacks.registerResourceHook = ({ name, callback }) => {
        hooks.set(name, callback);
        return Promise.resolve();
    };
    callbacks.registerTransform = (transform) => {
        transforms.push(transform);
        return Promise.resolve(new Callback());
    };
}

function watch(monitor: Monitor, resources: Recorded[]): void {
    const register = monitor.registerResource.bind(monitor);
    const registerOutputs = monitor.registerResourceOutputs.bind(monitor);
    const byUrn = new Map<string, Recorded>();
    monitor.registerResource = (request, callback) => {
        const recorded = recordedOf(request, (urn) => byUrn.get(urn)?.name ?? urn);
        resources.push(recorded);
        return register(request, (error, response) => {
            if (response !== null) {
                byUrn.set(response.getUrn(), recorded);
            }
            callback(error, response);
        });
    };
    monitor.registerResourceOutputs = (request, callback) => {
        const recorded = byUrn.get(request.getUrn());
        if (recorded !== undefined) {
            recorded.outputs = plain(request.getOutputs().toJavaScript());
        }
        return registerOutputs(request, callback);
    };
    monitor.close = () => undefined;
}

function recordedOf(request: Request, nameOf: (urn: string) => string): Recorded {
    const bound = request.getHooks()?.toObject() ?? {};
    return {
        type: request.getType(),
        name: request.getName(),
        custom: request.getCustom(),
        parent: request.getParent() === "" ? undefined : nameOf(request.getParent()),
        inputs: plain(request.getObject().toJavaScript()),
        dependsOn: request.getDependenciesList().map(nameOf).sort(),
        retainOnDelete: request.getRetainondelete(),
        hooks: Object.values(bound).flat(),
        outputs: undefined,
    };
}

/** The value of an output that is known, and undefined for one that is not. */
export function valueOf<T>(output: pulumi.Output<T>): Promise<T | undefined> {
    return (output as unknown as { promise(): Promise<T | undefined> }).promise();
}

/** Whether a value is known; in a preview much is not. */
export function isKnown(output: pulumi.Output<unknown>): Promise<boolean> {
    return (output as unknown as { isKnown: Promise<boolean> }).isKnown;
}

/** An output whose value is not known yet, as those of resources that a preview would create. */
export function unknown<T>(): pulumi.Output<T> {
    return pulumi.output(pulumi.unknown as unknown) as pulumi.Output<T>;
}

/** A function that runs only the first time that it is called. */
export function once<T>(make: () => Promise<T>): () => Promise<T> {
    let made: Promise<T> | undefined;
    return () => (made ??= make());
}
