import { spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ServerChannel } from "ssh2";
import type { Stack } from "@pulumi/pulumi/automation";
import { canonicalHostKey } from "../../../components/nodes/hostKey";
import { NodeRole, type NodeArgs, type OnRemove } from "../../../components/nodes/nodeArgs";
import { answerTo } from "../../bench/nodes/answers";
import {
    engineEnvironment,
    localStack,
    record,
    resourceNamed,
    type Run,
} from "../../support/localStack";
import { isReceiver } from "../../support/standInReceiver";
import { onTerminal, type Shown } from "../../support/terminal";
import { isWhole, NodeFolder } from "./nodeFolder";
import {
    keyPair,
    sshServer,
    type Answer,
    type KeyPair,
    type TestServer,
} from "../../unit/support/sshServer";

const PROGRAM = join(__dirname, "..", "programs", "nodes");

/** A node that answers like one whose scripts succeed, until it dies. */
export interface StandIn extends TestServer {
    name: string;
    args: NodeArgs;
    files: NodeFolder;
}

/** Nodes that stand in for real ones, and a stack for them: what the engine does with a node that does not answer. */
export class StandIns {
    readonly nodes: StandIn[] = [];
    /** What a node says instead of what a healthy one would: nothing means the healthy answer. */
    says: (name: string, verb: string) => Answer | undefined = () => undefined;

    private constructor(
        private readonly key: KeyPair,
        private readonly stack: Stack,
        private readonly folder: string,
    ) {}

    static async create(controlPlanes: string[], workers: string[]): Promise<StandIns> {
        const { stack, folder } = await localStack(PROGRAM, "nodes");
        const self = new StandIns(keyPair(), stack, folder);
        for (const name of [...controlPlanes, ...workers]) {
            await self.add(
                name,
                controlPlanes.includes(name) ? NodeRole.ControlPlane : NodeRole.Worker,
            );
        }
        return self;
    }

    private async add(name: string, role: NodeRole): Promise<void> {
        const files = new NodeFolder();
        const execute = (channel: ServerChannel, command: string): boolean => {
            if (isReceiver(command)) files.execute(channel, command);
            else void this.run(name, files, channel, command);
            return true;
        };
        const server = await sshServer({ clientKey: this.key, execute });
        const args: NodeArgs = {
            host: "127.0.0.1",
            addresses: [`10.0.0.${this.nodes.length + 1}`],
            hostKey: canonicalHostKey(server.hostKey.public),
            ssh: { port: server.port },
            role,
        };
        this.nodes.push({ ...server, name, args, files });
    }

    /** The loader runs for real; what it would run answers like a script that succeeds, or says what it is told to say. */
    private async run(
        name: string,
        files: NodeFolder,
        channel: ServerChannel,
        command: string,
    ): Promise<void> {
        const parts: Buffer[] = [];
        channel.on("data", (part: Buffer) => parts.push(part));
        await once(channel, "end");
        const stdin = Buffer.concat(parts).toString();
        const { stdout = "", exit = 0 } = this.says(name, verbOf(command)) ?? {
            stdout: answerTo(command, stdin, this.nodes.length),
        };
        const loaded = isWhole(stdin) ? { ran: true } : await files.load(command, stdin);
        channel.write("output" in loaded && !loaded.ran ? loaded.output : stdout);
        channel.exit("code" in loaded && !loaded.ran ? loaded.code : exit);
        channel.end();
    }

    /** Brings these nodes into the wanted state. */
    up(names: string[], onRemove: `${OnRemove}`): Promise<Run> {
        this.want(names, { onRemove });
        return record((options) => this.stack.up(options));
    }

    /** What the next run wants of these nodes. */
    want(names: string[], more: Record<string, unknown>): void {
        const listed = this.nodes.filter(({ name }) => names.includes(name));
        const nodes = Object.fromEntries(listed.map(({ name, args }) => [name, args]));
        writeFileSync(
            join(this.folder, "program", "nodes.json"),
            JSON.stringify({ nodes, ...more, privateKey: this.key.private }),
        );
    }

    /** Runs the CLI as somebody at a terminal does. */
    pulumi(words: string[], env: Record<string, string> = {}): Promise<Shown> {
        return onTerminal(["pulumi", ...words], {
            cwd: join(this.folder, "program"),
            env: { ...process.env, ...engineEnvironment(this.folder), ...env },
        });
    }

    /** The locks that a run left behind. */
    locks(): string[] {
        const locks = join(this.folder, "state", ".pulumi", "locks");
        return existsSync(locks)
            ? readdirSync(locks, { recursive: true, encoding: "utf8" }).filter((name) =>
                  name.endsWith(".json"),
              )
            : [];
    }

    destroy(): Promise<Run> {
        return record((options) => this.stack.destroy(options));
    }

    /** The verbs that reached a node since the last time, in order. */
    verbs(name: string): string[] {
        const commands = this.node(name).commands.splice(0);
        return commands.filter((command) => !isReceiver(command)).map(verbOf);
    }

    /** Nothing listens there any more. */
    async kill(name: string): Promise<void> {
        await this.node(name).close();
    }

    /** `pulumi state delete` of a resource. Returns what the engine says against it. */
    async forget(name: string): Promise<string | undefined> {
        const { urn } = await resourceNamed(this.stack, name);
        const { status, stderr } = spawnSync("pulumi", ["state", "delete", urn, "--yes"], {
            cwd: join(this.folder, "program"),
            env: { ...process.env, ...engineEnvironment(this.folder) },
            encoding: "utf8",
        });
        return status === 0 ? undefined : stderr;
    }

    async remove(): Promise<void> {
        await Promise.all(this.nodes.map((node) => node.close()));
        for (const { files } of this.nodes) files.remove();
        rmSync(this.folder, { recursive: true, force: true });
    }

    node(name: string): StandIn {
        const node = this.nodes.find((one) => one.name === name);
        if (node === undefined) throw new Error(`no stand-in ${name}`);
        return node;
    }
}

/** What a command asks a script for. */
function verbOf(command: string): string {
    return / sh -s -- (\S+)/.exec(command)?.[1] ?? command;
}
