import type * as grpc from "@grpc/grpc-js";
import { ConstructRequest, type ConstructResponse } from "@pulumi/pulumi/proto/provider_pb";
import { Alias } from "@pulumi/pulumi/proto/alias_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import { plain, type Plain } from "../../unit/support/recorded";
import { startMonitor, type MonitorOptions } from "./monitor";
import type { Plugin } from "./plugin";
import type { Registered } from "./registered";

/** What a program in another language asks for. */
export interface Construct extends MonitorOptions {
    /** The component, without its package. */
    component: string;
    name?: string;
    /** Property bags as they are sent: with the marks of ./values. */
    inputs?: unknown;
    parent?: string;
    providers?: Record<string, string>;
    protect?: boolean;
    aliases?: string[];
    dependsOn?: string[];
    retainOnDelete?: boolean;
}

export interface Constructed {
    urn: string;
    /** The outputs that the program gets. */
    state: Record<string, Plain>;
    /** URNs of what each output depends on. */
    dependencies: Record<string, string[]>;
    registered: Registered[];
}

/** A component that could not be made, and what had been registered until then. */
export class ConstructError extends Error {
    constructor(
        message: string,
        readonly registered: Registered[],
    ) {
        super(message);
    }
}

const monitors: { close: () => void }[] = [];

/** Ends all monitors, once the plugin has ended. What a plugin that refused something still says is lost, and would end it, without one. */
export function closeMonitors(): void {
    monitors.splice(0).forEach((monitor) => {
        monitor.close();
    });
}

/** Has a component made by the plugin against a monitor of its own. */
export async function construct(plugin: Plugin, asked: Construct): Promise<Constructed> {
    const monitor = await startMonitor(asked);
    monitors.push(monitor);
    try {
        const response = await call(plugin, requestOf(asked, monitor.address));
        return {
            urn: response.getUrn(),
            state: plain(response.getState()?.toJavaScript() ?? {}),
            dependencies: Object.fromEntries(
                [...response.getStatedependenciesMap().entries()].map(([output, dependencies]) => [
                    output,
                    dependencies.getUrnsList(),
                ]),
            ),
            registered: monitor.registered,
        };
    } catch (error) {
        throw new ConstructError((error as grpc.ServiceError).details, monitor.registered);
    }
}

function call(plugin: Plugin, request: ConstructRequest): Promise<ConstructResponse> {
    return new Promise((resolve, reject) => {
        plugin.client.construct(request, (error, response) => {
            if (error) {
                reject(error);
            } else {
                resolve(response);
            }
        });
    });
}

function requestOf(asked: Construct, monitor: string): ConstructRequest {
    const request = new ConstructRequest()
        .setProject("project")
        .setStack("stack")
        .setOrganization("organization")
        .setDryrun(asked.preview ?? false)
        .setParallel(16)
        .setMonitorendpoint(monitor)
        .setType(`secure-metrics-server:index:${asked.component}`)
        .setName(asked.name ?? "x")
        .setParent(asked.parent ?? "")
        .setDependenciesList(asked.dependsOn ?? [])
        .setAliasesList((asked.aliases ?? []).map((urn) => new Alias().setUrn(urn)))
        .setAcceptsOutputValues(true);
    request.setInputs(Struct.fromJavaScript((asked.inputs ?? {}) as never));
    for (const [name, provider] of Object.entries(asked.providers ?? {})) {
        request.getProvidersMap().set(name, provider);
    }
    if (asked.protect !== undefined) {
        request.setProtect(asked.protect);
    }
    if (asked.retainOnDelete !== undefined) {
        request.setRetainondelete(asked.retainOnDelete);
    }
    return request;
}
