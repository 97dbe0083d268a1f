import { Agent, request } from "node:https";

/** Whom the API server takes a client for, and how the client knows the server. */
export interface Credential {
    server: string;
    ca: string;
    cert?: string;
    key?: string;
    /** A bearer token instead of a certificate. */
    token?: string;
}

/** An answer of the API server. */
export interface Answer {
    status: number;
    body: unknown;
}

/** The shape of what is read back from a CertificateSigningRequest. */
export interface SigningRequest {
    metadata: {
        name: string;
        uid: string;
        resourceVersion: string;
        labels?: Record<string, string>;
    };
    spec: { request: string; username: string; signerName: string };
    status: {
        certificate?: string;
        conditions?: { type: string; reason?: string; message?: string }[];
    };
}

const REQUESTS = "/apis/certificates.k8s.io/v1/certificatesigningrequests";

/** A client of the API server with one credential, without kubectl: hostile names must arrive as they are. */
export class Api {
    private readonly agent: Agent;

    constructor(private readonly credential: Credential) {
        const { ca, cert, key } = credential;
        this.agent = new Agent({ ca, cert, key, keepAlive: true });
    }

    send(method: string, path: string, body?: unknown): Promise<Answer> {
        const text = body === undefined ? undefined : JSON.stringify(body);
        return new Promise((resolve, reject) => {
            const call = request(
                new URL(path, this.credential.server),
                { method, agent: this.agent, timeout: 30_000 },
                (response) => {
                    const parts: Buffer[] = [];
                    response.on("data", (part: Buffer) => parts.push(part));
                    response.on("end", () => {
                        const answer = Buffer.concat(parts).toString();
                        resolve({ status: response.statusCode ?? 0, body: parsed(answer) });
                    });
                    response.on("error", reject);
                },
            );
            call.on("timeout", () => call.destroy(new Error(`${method} ${path}: no answer`)));
            call.on("error", reject);
            call.setHeader("Content-Type", "application/json");
            const { token } = this.credential;
            if (token !== undefined) call.setHeader("Authorization", `Bearer ${token}`);
            call.end(text);
        });
    }

    create(object: object): Promise<Answer> {
        return this.send("POST", REQUESTS, {
            apiVersion: "certificates.k8s.io/v1",
            kind: "CertificateSigningRequest",
            ...object,
        });
    }

    async list(): Promise<SigningRequest[]> {
        const { body } = await this.send("GET", REQUESTS);
        return (body as { items: SigningRequest[] }).items;
    }

    async read(name: string): Promise<SigningRequest> {
        const { body } = await this.send("GET", `${REQUESTS}/${encodeURIComponent(name)}`);
        return body as SigningRequest;
    }

    delete(name: string): Promise<Answer> {
        return this.send("DELETE", `${REQUESTS}/${encodeURIComponent(name)}`);
    }

    /** What a careless administrator does: `kubectl certificate approve`. */
    approve(object: SigningRequest): Promise<Answer> {
        const approved = { type: "Approved", status: "True", reason: "ByHand", message: "a test" };
        const path = `${REQUESTS}/${encodeURIComponent(object.metadata.name)}/approval`;
        return this.send("PUT", path, { ...object, status: { conditions: [approved] } });
    }

    close(): void {
        this.agent.destroy();
    }
}

function parsed(text: string): unknown {
    try {
        return JSON.parse(text);
    } catch {
        return { message: text };
    }
}
