import { X509Certificate } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Api, SigningRequest } from "./api";
import type { HostileRequest } from "./world";

const SIGNER = "kubernetes.io/kubelet-serving";
const USAGES = ["digital signature", "server auth"];

/** What became of one request of the suite. */
export interface Trial {
    request: HostileRequest;
    /** The object's name, if the API server stored it. */
    name?: string;
    /** Why the API server did not store it. */
    refused?: string;
}

/** A CertificateSigningRequest as a kubelet sends it, but for what the hostile request changes. */
export function signingRequest(
    name: string,
    request: Omit<HostileRequest, "id" | "theme">,
): object {
    const { pem, usages = USAGES, signerName = SIGNER, expirationSeconds } = request;
    return {
        metadata: { name: request.objectName ?? name },
        spec: { request: pem.toString("base64"), usages, signerName, expirationSeconds },
    };
}

/** Submits the whole suite with the credential of one node. */
export async function submit(api: Api, suite: HostileRequest[]): Promise<Trial[]> {
    const trials: Trial[] = [];
    for (const [index, request] of suite.entries()) {
        const { status, body } = await api.create(
            signingRequest(`hostile-${String(index).padStart(3, "0")}`, request),
        );
        trials.push(
            status === 201
                ? { request, name: (body as SigningRequest).metadata.name }
                : { request, refused: reason(body) },
        );
    }
    return trials;
}

function reason(body: unknown): string {
    const { message = "" } = body as { message?: string };
    return message.replace(/Invalid value: .*?(?="|\]): ?/s, "").slice(-90);
}

/** The conditions and the certificate that a request has by now, as words. */
export function outcome(object: SigningRequest): string {
    const { certificate, conditions = [] } = object.status;
    if (certificate !== undefined) {
        return `ISSUED ${described(certificate)}`;
    }
    const failed = conditions.find(({ type }) => type === "Failed");
    return failed === undefined ? "pending" : `signer: ${failed.message ?? ""}`.slice(0, 120);
}

function described(base64: string): string {
    const certificate = new X509Certificate(Buffer.from(base64, "base64"));
    const days = (Date.parse(certificate.validTo) - Date.parse(certificate.validFrom)) / 86_400_000;
    const names = (certificate.subjectAltName ?? "no names").replace(/[^ -~]/g, "?");
    const shown = names.length > 90 ? `${names.slice(0, 90)}…` : names;
    return `${certificate.subject.replaceAll("\n", ", ")}; ${shown}; ${Math.round(days)} days`;
}

/**
 * Approves by hand all that is pending, as a rubber stamp would, and waits for the signer. The answer shows which of the
 * requests were dangerous and which would have failed anyway.
 */
export async function rubberStamp(admin: Api, names: string[]): Promise<Map<string, string>> {
    for (const name of names) {
        await admin.approve(await admin.read(name));
    }
    const result = new Map<string, string>();
    for (let second = 0; second < 30 && result.size < names.length; second++) {
        await sleep(1000);
        for (const object of await admin.list()) {
            const text = outcome(object);
            if (names.includes(object.metadata.name) && (text !== "pending" || second === 29)) {
                result.set(object.metadata.name, text);
            }
        }
    }
    return result;
}

/** One line a request: its theme, what it is, and what the signer would have made of it. */
export function table(trials: Trial[], stamped: Map<string, string>): string {
    const width = Math.max(...trials.map(({ request }) => request.id.length));
    return trials
        .map(({ request, name, refused }) => {
            const what = refused === undefined ? stamped.get(name ?? "") : `API server: ${refused}`;
            return `${request.theme.padEnd(9)} ${request.id.padEnd(width)}  ${what ?? "pending"}`;
        })
        .join("\n");
}
