import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A certificate request and its key, PEM. */
export interface Requested {
    request: string;
    key: string;
}

/** What a request asks for, as OpenSSL has it. */
export interface Question {
    subject: string;
    extensions?: string[];
}

/** A real certificate request from OpenSSL. */
export function certificateRequest({ subject, extensions = [] }: Question): Requested {
    const folder = mkdtempSync(join(tmpdir(), "request-"));
    const openssl = (...words: string[]): void => {
        execFileSync("openssl", words, { cwd: folder, stdio: "pipe" });
    };
    const read = (name: string): string => readFileSync(join(folder, name), "utf8");
    try {
        const asks = extensions.length === 0 ? [] : ["req_extensions=asked"];
        const lines = ["[req]", "distinguished_name=dn", "prompt=no", ...asks, "[dn]", "CN=unused"];
        writeFileSync(
            join(folder, "configuration"),
            [...lines, "[asked]", ...extensions, ""].join("\n"),
        );
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", "key");
        const files = ["-key", "key", "-out", "request", "-config", "configuration"];
        openssl("req", "-new", "-utf8", "-subj", subject, ...files);
        return { request: read("request"), key: read("key") };
    } finally {
        rmSync(folder, { recursive: true });
    }
}

/** The same request with another signature, which nobody can have made. */
export function withBadSignature(request: string): string {
    const [, body = ""] = /-----BEGIN[^\n]+\n([^-]+)-----END/.exec(request) ?? [];
    const bytes = Buffer.from(body, "base64");
    const last = bytes.length - 1;
    bytes.writeUInt8(bytes.readUInt8(last) ^ 1, last);
    const lines = bytes.toString("base64").match(/.{1,64}/g) ?? [];
    return `-----BEGIN CERTIFICATE REQUEST-----\n${lines.join("\n")}\n-----END CERTIFICATE REQUEST-----\n`;
}

/** A CA with a key of another kind, as kubeadm makes one by default. */
export function selfSignedCa(key: "rsa:2048" | "ed25519"): { certificate: string; key: string } {
    const folder = mkdtempSync(join(tmpdir(), "ca-"));
    try {
        const files = ["-keyout", "key", "-out", "certificate", "-days", "3000"];
        execFileSync(
            "openssl",
            ["req", "-x509", "-newkey", key, "-noenc", "-subj", "/CN=kubernetes", ...files],
            { cwd: folder, stdio: "pipe" },
        );
        const read = (name: string): string => readFileSync(join(folder, name), "utf8");
        return { certificate: read("certificate"), key: read("key") };
    } finally {
        rmSync(folder, { recursive: true });
    }
}
