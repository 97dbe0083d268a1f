import * as grpc from "@grpc/grpc-js";
import { CallbacksClient } from "@pulumi/pulumi/proto/callback_grpc_pb";
import { CallbackInvokeRequest, type Callback } from "@pulumi/pulumi/proto/callback_pb";
import {
    RegisterResourceRequest,
    ResourceHookRequest,
    ResourceHookResponse,
    TransformRequest,
    TransformResourceOptions,
    TransformResponse,
} from "@pulumi/pulumi/proto/resource_pb";
import { Struct } from "google-protobuf/google/protobuf/struct_pb";

/** Calls back into the plugin, as the engine does for a hook or a transform. */
async function invoke(callback: Callback, request: Uint8Array): Promise<Uint8Array> {
    const client = new CallbacksClient(callback.getTarget(), grpc.credentials.createInsecure());
    try {
        return await new Promise((resolve, reject) => {
            client.invoke(
                new CallbackInvokeRequest().setToken(callback.getToken()).setRequest(request),
                (error, response) => {
                    if (error) {
                        reject(new Error(error.details));
                    } else {
                        resolve(response.getResponse_asU8());
                    }
                },
            );
        });
    } finally {
        client.close();
    }
}

/** Runs a hook of a resource that is about to be made, or was made with these outputs. Fails with what the hook says. */
export async function runHook(
    callback: Callback,
    resource: RegisterResourceRequest,
    urn: string,
    outputs?: Record<string, unknown>,
): Promise<void> {
    const request = new ResourceHookRequest();
    request.setUrn(urn);
    request.setName(resource.getName());
    request.setType(resource.getType());
    request.setNewInputs(resource.getObject());
    if (outputs !== undefined) {
        request.setNewOutputs(Struct.fromJavaScript(outputs as never));
    }
    const answer = await invoke(callback, request.serializeBinary());
    const error = ResourceHookResponse.deserializeBinary(answer).getError();
    if (error !== "") {
        throw new Error(error);
    }
}

/** Lets a resource's own transforms change its inputs and the options that this package's transforms change. */
export async function transformed(resource: RegisterResourceRequest): Promise<void> {
    for (const callback of resource.getTransformsList()) {
        const options = new TransformResourceOptions();
        options.setDependsOnList(resource.getDependenciesList());
        options.setIgnoreChangesList(resource.getIgnorechangesList());
        options.setHooks(resource.getHooks());
        options.setRetainOnDelete(resource.getRetainondelete() ?? false);
        options.setProvider(resource.getProvider());
        const request = new TransformRequest();
        request.setType(resource.getType());
        request.setName(resource.getName());
        request.setCustom(resource.getCustom());
        request.setParent(resource.getParent());
        request.setProperties(resource.getObject());
        request.setOptions(options);
        const answer = TransformResponse.deserializeBinary(
            await invoke(callback, request.serializeBinary()),
        );
        resource.setObject(answer.getProperties());
        resource.setIgnorechangesList(answer.getOptions()?.getIgnoreChangesList() ?? []);
        resource.setHooks(answer.getOptions()?.getHooks());
        resource.setRetainondelete(answer.getOptions()?.getRetainOnDelete() ?? false);
        resource.setDependenciesList(answer.getOptions()?.getDependsOnList() ?? []);
    }
}
