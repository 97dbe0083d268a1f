import * as grpc from "@grpc/grpc-js";

export interface Service {
    address: string;
    close: () => void;
}

/** Serves what is added, on a port of its own. */
export async function serve(add: (server: grpc.Server) => void): Promise<Service> {
    const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
    add(server);
    const port = await new Promise<number>((resolve, reject) => {
        server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, bound) => {
            if (error) {
                reject(error);
            } else {
                resolve(bound);
            }
        });
    });
    return {
        address: `127.0.0.1:${port}`,
        close: () => {
            server.forceShutdown();
        },
    };
}

/** Answers a call with what a function returns, or with the error that it throws. */
export function answer<Request, Response>(
    handle: (request: Request) => Response | Promise<Response>,
): grpc.handleUnaryCall<Request, Response> {
    return (call, callback) => {
        Promise.resolve()
            .then(() => handle(call.request))
            .then(
                (response) => {
                    callback(null, response);
                },
                (error: unknown) => {
                    callback({ code: grpc.status.UNKNOWN, details: (error as Error).message });
                },
            );
    };
}

/** Answers as an engine that is older than a call. */
export const unimplemented: grpc.handleUnaryCall<unknown, never> = (_call, callback) => {
    callback({ code: grpc.status.UNIMPLEMENTED, details: "unknown method" });
};
