import {
    existsSync,
    mkdirSync,
    readFileSync,
    renameSync,
    rmSync,
    symlinkSync,
    writeFileSync,
} from "node:fs";
import { createServer as createHttpServer, type Server as HttpServer } from "node:http";
import { createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { createSecureContext, TLSSocket, type SecureContext } from "node:tls";
import type { Pair } from "./certificates";

/** What the port shows: nothing at all, a TLS alert, or a certificate. */
export type Serving = "down" | "alert" | "self-signed" | "bridged" | "issued";

/** A fatal internal_error, as Go sends it when there is no certificate. */
const ALERT = Buffer.from([0x15, 3, 3, 0, 2, 2, 80]);

/**
 * Stands in for systemd and a kubelet: it decides what to serve as the real one does, from its configuration file and its
 * certificate directory at the moment it starts, with real TLS on a real port.
 */
export class FakeKubelet {
    /** Whether a configuration kills the kubelet. */
    breaksOn: (configuration: string) => boolean = (text) => /serverTLSBootstrap: maybe/.test(text);
    /** What the signer issues; without it a request stays pending. */
    issued: Pair | undefined;
    /** Milliseconds until it is issued. */
    approvalDelay = 50;
    /** Called before each restart; may take its time, or say that systemctl fails. */
    onRestart: (count: number) => Promise<boolean> = () => Promise.resolve(true);
    /** Whether healthz answers while the kubelet runs. */
    healthy = true;
    onHealthz: () => void = () => undefined;

    readonly served: Serving[] = [];
    restarts = 0;
    requests = 0;
    healthzCalls = 0;
    arguments: string[] = [
        "--config=/var/lib/kubelet/config.yaml",
        "--kubeconfig=/etc/kubernetes/kubelet.conf",
    ];

    private serving: Serving = "down";
    private context: SecureContext | undefined;
    private crashes: NodeJS.Timeout | undefined;
    private approval: NodeJS.Timeout | undefined;
    private processId = 0;
    private automaticRestarts = 0;
    private readonly port: Server;
    private readonly healthz: HttpServer;
    private readonly control: HttpServer;

    constructor(
        private readonly root: string,
        private readonly unit: string,
    ) {
        this.port = createServer((socket) => {
            this.answer(socket);
        });
        this.healthz = createHttpServer((_, response) => {
            this.healthzCalls += 1;
            this.onHealthz();
            if (this.serving === "down" || !this.healthy) response.destroy();
            else response.end("ok");
        });
        this.control = createHttpServer((_, response) => {
            void this.restart().then((fine) => response.end(fine ? "0" : "1"));
        });
    }

    async listen(): Promise<{ port: number; healthzPort: number; controlPort: number }> {
        const servers = [this.port, this.healthz, this.control];
        const ports = await Promise.all(
            servers.map(
                (server) =>
                    new Promise<number>((resolve) =>
                        server.listen(0, "127.0.0.1", () => {
                            resolve((server.address() as AddressInfo).port);
                        }),
                    ),
            ),
        );
        const [port = 0, healthzPort = 0, controlPort = 0] = ports;
        return { port, healthzPort, controlPort };
    }

    close(): void {
        this.stop();
        for (const server of [this.port, this.healthz, this.control]) server.close();
        this.healthz.closeAllConnections();
        this.control.closeAllConnections();
    }

    get processIdNow(): number {
        return this.processId;
    }

    stop(): void {
        clearInterval(this.crashes);
        clearTimeout(this.approval);
        this.show("down");
        if (this.processId !== 0)
            rmSync(join(this.root, "proc", String(this.processId)), { recursive: true });
        this.processId = 0;
        this.publish();
    }

    /** Starts as systemd does: a kubelet that dies is started again and again. */
    start(): void {
        this.automaticRestarts = 0;
        this.startProcess();
        if (this.serving === "down") {
            this.crashes = setInterval(() => {
                this.automaticRestarts += 1;
                this.startProcess();
            }, 120);
        }
    }

    async restart(): Promise<boolean> {
        this.restarts += 1;
        const fine = await this.onRestart(this.restarts);
        this.stop();
        if (fine) this.start();
        return fine;
    }

    /** Dies, and systemd starts it again. */
    crash(): void {
        clearTimeout(this.approval);
        this.automaticRestarts += 1;
        this.startProcess();
    }

    private startProcess(): void {
        const last = this.processId;
        this.processId = last + 1000 + Math.floor(Math.random() * 1000);
        if (last !== 0)
            rmSync(join(this.root, "proc", String(last)), { recursive: true, force: true });
        const folder = join(this.root, "proc", String(this.processId));
        mkdirSync(folder, { recursive: true });
        writeFileSync(
            join(folder, "cmdline"),
            ["/usr/bin/kubelet", ...this.arguments, ""].join("\0"),
        );
        writeFileSync(join(folder, "comm"), "kubelet\n");
        writeFileSync(join(folder, "exe"), "#!/bin/sh\necho Kubernetes v1.34.3\n", { mode: 0o755 });
        this.publish();
        const configuration = readFileSync(join(this.root, "var/lib/kubelet/config.yaml"), "utf8");
        if (this.breaksOn(configuration)) {
            this.show("down");
            return;
        }
        clearInterval(this.crashes);
        const on =
            /^serverTLSBootstrap: true/m.test(configuration) ||
            this.arguments.includes("--rotate-server-certificates=true");
        this.serve(on);
    }

    private serve(on: boolean): void {
        const pki = join(this.root, "var/lib/kubelet/pki");
        const read = (name: string) => readFileSync(join(pki, name), "utf8");
        try {
            if (!on) {
                this.show("self-signed", {
                    certificate: read("kubelet.crt"),
                    key: read("kubelet.key"),
                });
            } else if (existsSync(join(pki, "kubelet-server-current.pem"))) {
                const pem = read("kubelet-server-current.pem");
                this.show("issued", { certificate: pem, key: pem });
            } else {
                if (
                    existsSync(join(pki, "kubelet-server.crt")) &&
                    existsSync(join(pki, "kubelet-server.key"))
                ) {
                    this.show("bridged", {
                        certificate: read("kubelet-server.crt"),
                        key: read("kubelet-server.key"),
                    });
                } else {
                    this.show("alert");
                }
                this.request(pki);
            }
        } catch {
            this.show("down"); // a pair that does not match kills the kubelet
        }
    }

    private request(pki: string): void {
        this.requests += 1;
        const pair = this.issued;
        if (pair === undefined) return;
        this.approval = setTimeout(() => {
            writeFileSync(join(pki, "kubelet-server-2026.pem"), pair.certificate + pair.key);
            symlinkSync(
                join(pki, "kubelet-server-2026.pem"),
                join(pki, "kubelet-server-current.pem"),
            );
            this.show("issued", pair);
        }, this.approvalDelay);
    }

    private show(serving: Serving, pair?: Pair): void {
        this.context = pair && createSecureContext({ cert: pair.certificate, key: pair.key });
        this.serving = serving;
        this.served.push(serving);
    }

    private answer(socket: Socket): void {
        socket.on("error", () => undefined);
        if (this.context !== undefined) {
            const secure = new TLSSocket(socket, { isServer: true, secureContext: this.context });
            secure.on("error", () => undefined);
            secure.on("end", () => secure.end());
            secure.resume();
        } else if (this.serving === "alert") {
            socket.once("data", () => socket.end(ALERT));
        } else {
            socket.destroy();
        }
    }

    private publish(): void {
        const properties = {
            MainPID: this.processId,
            NRestarts: this.automaticRestarts,
            ExecMainStartTimestampMonotonic: Math.round(performance.now() * 1000),
        };
        const lines = Object.entries(properties).map(([name, value]) => `${name}=${value}\n`);
        writeFileSync(join(this.unit, "new"), lines.join(""));
        renameSync(join(this.unit, "new"), join(this.unit, "unit"));
    }
}
