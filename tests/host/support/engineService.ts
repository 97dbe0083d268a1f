import { EngineService } from "@pulumi/pulumi/proto/engine_grpc_pb";
import type { LogRequest, LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { answer, serve, unimplemented, type Service } from "./grpc";

/** The part of an engine that programs and plugins send their messages to. */
export function startEngineService(
    hear: (severity: LogSeverity, message: string) => void,
): Promise<Service> {
    return serve((server) => {
        server.addService(EngineService, {
            log: answer((request: LogRequest) => {
                hear(request.getSeverity(), request.getMessage());
                return new Empty();
            }),
            getRootResource: unimplemented,
            setRootResource: unimplemented,
            startDebugging: unimplemented,
            requirePulumiVersion: unimplemented,
        });
    });
}
