import * as grpc from "@grpc/grpc-js";
import { LogSeverity } from "@pulumi/pulumi/proto/engine_pb";
import { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb";
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { createInterface } from "node:readline";
import { startEngineService } from "./engineService";

/** Milliseconds for a plugin to start; a start from sources compiles and analyses. */
const START_BUDGET = 120_000;

/** What a user gets to see as a warning or an error. */
const SHOWN = [LogSeverity.WARNING, LogSeverity.ERROR];

export interface Plugin {
    client: ResourceProviderClient;
    /** What it told the engine to show to the user, in warnings and errors. */
    messages: string[];
    stop: () => Promise<void>;
}

/** Starts the plugin of a package folder as the language host of Node.js does. */
export async function startPlugin(folder: string): Promise<Plugin> {
    const messages: string[] = [];
    const engine = await startEngineService((severity, message) => {
        if (SHOWN.includes(severity)) {
            messages.push(message);
        }
    });
    const host = require.resolve("@pulumi/pulumi/cmd/run-plugin", { paths: [folder] });
    const child = spawn(process.execPath, [host, folder, engine.address], {
        // Not the package's folder: the engine starts plugins in the folder of the user's program.
        cwd: tmpdir(),
        env: { ...process.env, NODE_OPTIONS: "", PULUMI_NODEJS_TYPESCRIPT: "true" },
        stdio: ["ignore", "pipe", "pipe"],
    });
    const port = await portOf(child).catch((error: unknown) => {
        engine.close();
        throw error;
    });
    const client = new ResourceProviderClient(
        `127.0.0.1:${port}`,
        grpc.credentials.createInsecure(),
        { "grpc.max_receive_message_length": -1 },
    );
    return {
        client,
        messages,
        stop: async () => {
            client.close();
            engine.close();
            child.kill("SIGKILL");
            await once(child, "exit");
        },
    };
}

/** A plugin prints its port in its first line. */
async function portOf(child: ChildProcess): Promise<number> {
    let errors = "";
    child.stderr?.on("data", (chunk: Buffer) => (errors += chunk.toString("utf8")));
    if (child.stdout === null) {
        throw new Error("the plugin has no stdout");
    }
    const [line] = (await Promise.race([
        once(createInterface(child.stdout), "line", { signal: AbortSignal.timeout(START_BUDGET) }),
        once(child, "close").then(() => [""]),
    ])) as [string];
    if (!/^\d+$/.test(line)) {
        child.kill("SIGKILL");
        throw new Error(`the plugin printed "${line}" and no port:\n${errors}`);
    }
    return Number(line);
}
