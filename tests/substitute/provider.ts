import {
    ReadResourceResponse,
    RegisterResourceResponse,
    type ReadResourceRequest,
    type RegisterResourceRequest,
} from "@pulumi/pulumi/proto/resource_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";
import type { Cluster } from "../cluster/harness";
import type { Hooks, Properties, Provider } from "../host/support/monitor";
import { urnOf } from "../host/support/registered";
import type { ResourceEvent } from "../support/timeline";
import { stepFor } from "./compare";
import { create, readObject, update, type Resource } from "./providers";
import { plainProperties, withSecrets } from "./values";

/** A resource as it is kept between two runs. */
export interface Kept extends Resource {
    id: string;
    /** What the program gets of it, with marks. */
    outputs: Properties;
    /** Whether it stays when the stack goes. */
    retain: boolean;
}

/** What a run of a program works with. */
export interface Run {
    cluster: Cluster;
    preview: boolean;
    /** Resources of the last run and of this one, by URN, in the order in which they were made. */
    kept: Map<string, Kept>;
    /** URNs that this run has registered. */
    seen: Set<string>;
    /** What could not be made, and why. */
    failures: unknown[];
    /** How many resources are being made. */
    working: number;
    /** Ends the program, which would wait for what will not be made. */
    stop: () => void;
    tell: (event: ResourceEvent) => void;
}

/** Compares each resource with the last run's and makes what is not there, unless it is a preview. */
export function realProvider(run: Run): Provider {
    return {
        register: async (request, urn, hooks) => {
            run.seen.add(urn);
            const response = new RegisterResourceResponse().setUrn(urn);
            if (!request.getCustom()) {
                return response;
            }
            const { id, outputs } = await settle(run, request, urn, hooks);
            return response.setId(id).setObject(Struct.fromJavaScript(outputs as never));
        },
        read: async (request: ReadResourceRequest) => {
            const found = await readObject(run.cluster, request.getType(), request.getId());
            return new ReadResourceResponse()
                .setUrn(urnOf(request))
                .setProperties(Struct.fromJavaScript(found as never));
        },
    };
}

/** Brings one resource to what the program wants, and returns what the program gets of it. */
async function settle(
    run: Run,
    request: RegisterResourceRequest,
    urn: string,
    hooks: Hooks,
): Promise<Pick<Kept, "id" | "outputs">> {
    const before = run.kept.get(urn);
    const given = (request.getObject()?.toJavaScript() ?? {}) as Properties;
    const inputs = plainProperties(given);
    for (const name of request.getIgnorechangesList()) {
        if (before !== undefined) {
            inputs[name] = before.inputs[name];
        }
    }
    const step = stepFor(before?.inputs, inputs);
    const resource = { type: request.getType(), name: request.getName(), inputs };
    const tell = (phase: ResourceEvent["phase"]): void => {
        run.tell({ ...resource, ...step, phase, at: Date.now() });
    };
    if (before !== undefined && step.op === "same") {
        run.kept.set(urn, { ...before, retain: request.getRetainondelete() ?? false });
        tell("done");
        return before;
    }
    tell("begins");
    if (run.preview) {
        tell("done");
        return { id: before?.id ?? "", outputs: given };
    }
    if (run.failures.length > 0) {
        throw new Error("not made, because something else failed");
    }
    run.working += 1;
    try {
        const around = hooks[step.op === "create" ? "create" : "update"];
        await around.before();
        const computed =
            step.op === "create"
                ? await create(run.cluster, resource)
                : await update(run.cluster, resource, step.differing);
        const secrets = request.getAdditionalsecretoutputsList();
        const outputs = withSecrets({ ...given, ...computed }, secrets);
        const id = `${resource.name}-id`;
        const retain = request.getRetainondelete() ?? false;
        run.kept.set(urn, { ...resource, id, outputs, retain });
        await around.after(outputs);
        tell("done");
        return { id, outputs };
    } catch (error) {
        run.failures.push(error);
        tell("failed");
        throw error;
    } finally {
        run.working -= 1;
        // What was begun is finished and kept, as the engine does it.
        if (run.failures.length > 0 && run.working === 0) {
            run.stop();
        }
    }
}
