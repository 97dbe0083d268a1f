import { once } from "node:events";
import {
    connect,
    createServer,
    type AddressInfo,
    type Server as TcpServer,
    type Socket,
} from "node:net";
import ssh2, {
    type CompressionAlgorithm,
    type Connection as Session,
    type ServerChannel,
} from "ssh2";
import type { Connection } from "../../../components/ssh/connection";
import { isReceiver, receive } from "../../support/standInReceiver";

const { Server, utils } = ssh2;

/** A key pair in the texts that OpenSSH uses. */
export interface KeyPair {
    private: string;
    public: string;
}

export function keyPair(passphrase?: string): KeyPair {
    for (;;) {
        const pair =
            passphrase === undefined
                ? utils.generateKeyPairSync("ed25519")
                : utils.generateKeyPairSync("ed25519", {
                      passphrase,
                      cipher: "aes256-ctr",
                      rounds: 2,
                  });
        // Some of the keys that ssh2 generates it cannot read itself.
        if (!(utils.parseKey(pair.private, passphrase) instanceof Error)) {
            return pair;
        }
    }
}

/** What a server on a node answers to a command that gets a script on stdin. */
export interface Answer {
    stdout?: string;
    stderr?: string;
    exit?: number;
    /** Milliseconds until it answers, and what is called then. */
    delay?: number;
    done?: () => unknown;
}

export interface ServerOptions {
    hostKey?: KeyPair;
    /** The only key that may log in. */
    clientKey?: KeyPair;
    answer?: (command: string, stdin: string) => Answer;
    /** Takes a command over; false leaves it to the others. Without it, scripts are received and forgotten. */
    execute?: (channel: ServerChannel, command: string) => boolean;
    /** How it wants to compress; without it as the client likes. */
    compress?: CompressionAlgorithm[];
    /** Whether it lets others through. */
    forwards?: boolean;
}

export interface TestServer {
    port: number;
    hostKey: KeyPair;
    /** Users that logged in, one entry a login. */
    logins: string[];
    commands: string[];
    /** Ports that it forwarded to. */
    forwarded: number[];
    /** How many TCP connections there were. */
    connections: () => number;
    close: () => Promise<void>;
}

/** An SSH server in this process, on a port of its own. */
export async function sshServer(options: ServerOptions = {}): Promise<TestServer> {
    const hostKey = options.hostKey ?? keyPair();
    const [logins, commands, forwarded]: [string[], string[], number[]] = [[], [], []];
    const sockets = new Set<Socket>();
    let connections = 0;
    const { compress } = options;
    const algorithms = compress && { algorithms: { compress } };
    const server = new Server({ hostKeys: [hostKey.private], ...algorithms }, (session) => {
        session.on("error", () => undefined);
        authenticate(session, options, logins);
        session.on("session", (accept) => {
            accept().on("exec", (acceptExec, _reject, { command }) => {
                commands.push(command);
                run(acceptExec(), command, options);
            });
        });
        session.on("tcpip", (accept, reject, { destIP, destPort }) => {
            if (options.forwards !== true) {
                reject();
                return;
            }
            forwarded.push(destPort);
            const target = connect(destPort, destIP);
            target.on("error", () => {
                reject();
            });
            target.on("connect", () => {
                const channel = accept();
                channel.pipe(target).pipe(channel);
            });
        });
    });
    const tcp = server as unknown as { _srv: TcpServer };
    tcp._srv.on("connection", (socket) => {
        connections++;
        sockets.add(socket.setNoDelay());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return {
        port: (server.address() as AddressInfo).port,
        hostKey,
        logins,
        commands,
        forwarded,
        connections: () => connections,
        close: () => stop(server, sockets),
    };
}

function authenticate(session: Session, { clientKey }: ServerOptions, logins: string[]): void {
    const allowed = clientKey && utils.parseKey(clientKey.public);
    session.on("authentication", (context) => {
        const accepted =
            context.method === "publickey" &&
            allowed !== undefined &&
            !(allowed instanceof Error) &&
            context.key.data.equals(allowed.getPublicSSH());
        if (!accepted) {
            context.reject(["publickey"]);
            return;
        }
        if (context.signature !== undefined) {
            logins.push(context.username);
        }
        context.accept();
    });
}

function run(channel: ServerChannel, command: string, { answer, execute }: ServerOptions): void {
    if (execute?.(channel, command) === true) return;
    if (execute === undefined && isReceiver(command)) {
        receive(channel, command);
        return;
    }
    const parts: Buffer[] = [];
    channel.on("data", (part: Buffer) => parts.push(part));
    channel.on("end", () => {
        const given = answer?.(command, Buffer.concat(parts).toString()) ?? {};
        setTimeout(() => {
            given.done?.();
            channel.stderr.write(given.stderr ?? "");
            channel.write(given.stdout ?? "");
            channel.exit(given.exit ?? 0);
            channel.end();
        }, given.delay ?? 0);
    });
}

/** A TCP server that does with each connection what it is told, such as nothing. */
export async function tcpServer(
    handle: (socket: Socket) => void,
): Promise<Pick<TestServer, "port" | "close">> {
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
        sockets.add(socket);
        socket.on("error", () => undefined);
        handle(socket);
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return { port: (server.address() as AddressInfo).port, close: () => stop(server, sockets) };
}

async function stop(
    server: { close: (callback: () => void) => unknown },
    sockets: Set<Socket>,
): Promise<void> {
    for (const socket of sockets) {
        socket.destroy();
    }
    await new Promise<void>((resolve) => {
        server.close(resolve);
    });
}

/** The connection to a test server. */
export function connectionTo(
    { port }: Pick<TestServer, "port">,
    hostKey: string,
    more: Partial<Connection> = {},
): Connection {
    return {
        host: "127.0.0.1",
        hostKey: hostKey.split(" ").slice(0, 2).join(" "),
        user: "user-marker",
        port,
        dialErrorLimit: 3,
        perDialTimeout: 15,
        ...more,
    };
}
